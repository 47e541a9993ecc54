/**
 * Encryption of disks, sector by sector, and what leads from a passphrase to its key: block ciphers
 * with their modes and initialization vectors as dm-crypt and QEMU name them ({@code
 * aes-xts-plain64}, {@code serpent-cbc-essiv:sha256}), hashes, key derivation, the anti-forensic
 * splitter of "LUKS1 On-Disk Format Specification" 1.2.3. AES and most hashes are the JDK's, all
 * else is Bouncy Castle's.
 *
 * <p>Keys and passphrases lie outside of the heap and are overwritten when they are closed ({@link
 * dev.platter.cipher.Secret}). What the JDK's own objects keep of a key until they are collected
 * cannot be overwritten.
 */
package dev.platter.cipher;
