#!/bin/sh
# Makes packages.qcow2, a Linux root with the lists of dpkg and apk; needs e2fsprogs and qemu-img, and no root.
set -eu
cd "$(dirname "$0")"
umask 022
mkdir -p root/usr/lib root/etc root/var/lib/dpkg root/lib/apk/db
printf 'ID=listed\nVERSION_ID="5"\nPRETTY_NAME="Listed Linux 5"\n' >root/usr/lib/os-release
ln -s ../usr/lib/os-release root/etc/os-release
cat >root/var/lib/dpkg/status <<'EOF'
Package: bash
Status: install ok installed
Maintainer: Listed Developers <dev@listed.example>
Architecture: amd64
Version: 5.2.15-2+b2
Description: a shell
 Its text goes on here.

Package: libc6
Status: install ok installed
Architecture: amd64
Source: glibc (2.36-9)
Version: 2.36-9+b1

Package: nano
Status: deinstall ok config-files
Architecture: amd64
Version: 7.2-1

Package: vim
Status: install ok installed
Architecture: amd64
Version: 2:9.0.1378-2

EOF
cat >root/lib/apk/db/installed <<'EOF'
C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=
P:musl
V:1.2.4-r2
A:x86_64
L:MIT
o:musl
m:Somebody <somebody@listed.example>
F:lib
R:ld-musl-x86_64.so.1

EOF
export E2FSPROGS_FAKE_TIME=1700000000
mke2fs -q -t ext4 -b 1024 -O ^has_journal -d root -L listed -U 00112233-4455-6677-8899-aabbccddeeff \
  -E root_owner=0:0,hash_seed=00112233-4455-6677-8899-aabbccddeeff packages.raw 1M
qemu-img convert -c -f raw -O qcow2 -o compression_type=zstd,cluster_size=4k packages.raw packages.qcow2
rm -r root packages.raw
