"""Makes lvm-kinds.raw: a volume group on three partitions, with a logical volume of each kind that is read.

Needs root, loop devices, and (Debian 12) lvm2, gdisk, e2fsprogs and thin-provisioning-tools. No kernel driver makes
the volumes: LVM itself is given a description of them (vgcfgrestore), which it checks, and their bytes are laid out
here as lvmraid(7), md(4) and the kernel's documents of dm-thin and dm-cache have them. Each volume is a file system
with one file, "name", that has the volume's name in it 20,000 times. Where a copy must not be read, or has nothing to
say, there are bytes of 0xA5.
"""
import os, re, struct, subprocess

MIB = 1 << 20
CHUNK = 64 << 10
PARTITION = 40 * MIB
DISK = "lvm-kinds.raw"


def run(*words, **more):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more).stdout.decode()


def file_system(name, size=4 * MIB):
    os.makedirs("tree", exist_ok=True)
    with open("tree/name", "w") as file:
        file.write((name + "\n") * 20000)
    os.utime("tree/name", (0, 0))
    open("part", "wb").truncate(size)
    run("mke2fs", "-q", "-F", "-t", "ext2", "-b", "1024", "-L", name, "-U", "00112233-4455-6677-8899-aabbccddeeff",
        "-d", "tree", "part")
    return open("part", "rb").read()


class Group:
    """The extents of the physical volumes, given away in order."""

    def __init__(self):
        self.next = [0, 0, 0]
        self.data = [bytearray(b"\xa5" * (36 * MIB)) for _ in range(3)]
        self.text = []
        self.count = 0

    def area(self, pv, content):
        """A piece of a physical volume that holds these bytes; answers its first extent."""
        start = self.next[pv]
        self.data[pv][start * MIB:start * MIB + len(content)] = content
        self.next[pv] += -(-len(content) // MIB)
        return start

    def volume(self, name, segments, shown=True):
        self.count += 1
        number = "%032d" % self.count
        ident = "-".join([number[:6], *(number[i:i + 4] for i in range(6, 26, 4)), number[26:]])
        status = '"READ", "WRITE"' + (', "VISIBLE"' if shown else "")
        text = '%s {\nid = "%s"\nstatus = [%s]\nflags = []\nsegment_count = %d\n' % (
            name, ident, status, len(segments))
        start = 0
        for i, (extents, body) in enumerate(segments):
            text += "segment%d {\nstart_extent = %d\nextent_count = %d\n%s\n}\n" % (i + 1, start, extents, body)
            start += extents
        self.text.append(text + "}\n")

    def linear(self, name, pv, content, shown=False):
        start = self.area(pv, content)
        self.volume(name, [(len(content) // MIB, 'type = "striped"\nstripe_count = 1\nstripes = [ "pv%d", %d ]' % (
            pv, start))], shown)


def chunks(content):
    return [content[at:at + CHUNK] for at in range(0, len(content), CHUNK)]


def raid_state(position, legs, events, failed, recovered):
    state = struct.pack("<IIIIQQQQ", 0x64526D44, 0, legs, position, events, failed, recovered, 2**64 - 1)
    return state + bytes(MIB - len(state))


def raid(group, name, kind, legs, extents, more="", states=None):
    names = []
    for i, content in enumerate(legs):
        group.linear("%s_rimage_%d" % (name, i), i % 3, content)
        if states:
            group.linear("%s_rmeta_%d" % (name, i), i % 3, states[i])
            names.append('"%s_rmeta_%d"' % (name, i))
        names.append('"%s_rimage_%d"' % (name, i))
    body = 'type = "%s"\ndevice_count = %d\nregion_size = 1024\n%sraids = [ %s ]' % (
        kind, len(legs), more, ", ".join(names))
    group.volume(name, [(extents, body)])


def tool(name, xml, size):
    open("xml", "w").write(xml)
    open("meta", "wb").truncate(size)
    run(name, "-i", "xml", "-o", "meta")
    return open("meta", "rb").read()


group = Group()

content = file_system("pieces")
first, second = group.area(0, content[:MIB]), group.area(1, content[MIB:])
group.volume("pieces", [
    (1, 'type = "striped"\nstripe_count = 1\nstripes = [ "pv0", %d ]' % first),
    (3, 'type = "striped"\nstripe_count = 1\nstripes = [ "pv1", %d ]' % second)])

parts = chunks(file_system("striped", 3 * MIB))
starts = [group.area(i, b"".join(parts[i::3])) for i in range(3)]
group.volume("striped", [(3, 'type = "striped"\nstripe_count = 3\nstripe_size = %d\nstripes = [ %s ]' % (
    CHUNK // 512, ", ".join('"pv%d", %d' % (i, start) for i, start in enumerate(starts))))])

group.linear("mirror_mimage_0", 0, file_system("mirror"))
group.linear("mirror_mimage_1", 1, b"\xa5" * (4 * MIB))
group.volume("mirror", [(4, 'type = "mirror"\nmirror_count = 2\nextents_moved = 4\nregion_size = 1024\n'
                            'mirrors = [ "mirror_mimage_0", 0, "mirror_mimage_1", 0 ]')])

# The first leg failed, and the other went on without it.
raid(group, "raid1", "raid1", [b"\xa5" * (4 * MIB), file_system("raid1")], 4,
     states=[raid_state(0, 2, 3, 0, 2**64 - 1), raid_state(1, 2, 5, 1, 2**64 - 1)])

# Two copies of each chunk beside one another, on four legs, of which the third is being filled anew.
parts = chunks(file_system("raid10"))
legs = [b"".join(parts[0::2]), b"".join(parts[0::2]), b"\xa5" * (2 * MIB), b"".join(parts[1::2])]
raid(group, "raid10", "raid10", legs, 4, "stripe_size = %d\n" % (CHUNK // 512),
     [raid_state(i, 4, 7, 0, 0 if i == 2 else 2**64 - 1) for i in range(4)])

# Left-symmetric: the parity moves from the last leg to the first, and data begins behind it.
parts = chunks(file_system("raid5"))
legs = [[], [], []]
for row in range(len(parts) // 2):
    parity = 2 - row % 3
    legs[parity].append(b"\xa5" * CHUNK)
    legs[(parity + 1) % 3].append(parts[2 * row])
    legs[(parity + 2) % 3].append(parts[2 * row + 1])
raid(group, "raid5", "raid5_ls", [b"".join(leg) for leg in legs], 4, "stripe_size = %d\n" % (CHUNK // 512),
     [raid_state(i, 3, 1, 0, 2**64 - 1) for i in range(3)])

parts = chunks(file_system("raid0"))
for i in range(2):
    group.linear("raid0_rimage_%d" % i, i, b"".join(parts[i::2]))
group.volume("raid0", [(4, 'type = "raid0"\nstripe_count = 2\nstripe_size = %d\n'
                           'raid0_lvs = [ "raid0_rimage_0", "raid0_rimage_1" ]' % (CHUNK // 512))])

# Two thin volumes in one pool, their blocks mixed up; blocks of zeros are in no place.
data, mappings = bytearray(b"\xa5" * (8 * MIB)), {1: [], 2: []}
place = 3
for device, name in ((1, "thin"), (2, "other")):
    for number, part in enumerate(chunks(file_system(name, 16 * MIB))):
        if any(part):
            place = (place * 5 + 7) % 128
            while any(place == used for pairs in mappings.values() for _, used in pairs):
                place = (place + 1) % 128
            data[place * CHUNK:(place + 1) * CHUNK] = part
            mappings[device].append((number, place))
xml = '<superblock uuid="" time="0" transaction="2" data_block_size="128" nr_data_blocks="128">'
for device, pairs in mappings.items():
    xml += '<device dev_id="%d" mapped_blocks="%d" transaction="0" creation_time="0" snap_time="0">' % (
        device, len(pairs))
    xml += "".join('<single_mapping origin_block="%d" data_block="%d" time="0"/>' % pair for pair in pairs) + "</device>"
group.linear("pool_tmeta", 2, tool("thin_restore", xml + "</superblock>", 2 * MIB))
group.linear("pool_tdata", 2, bytes(data))
group.volume("pool", [(8, 'type = "thin-pool"\nmetadata = "pool_tmeta"\npool = "pool_tdata"\ntransaction_id = 2\n'
                          'chunk_size = 128\ndiscards = "passdown"\nzero_new_blocks = 1')], False)
for device, name in ((1, "thin"), (2, "other")):
    group.volume(name, [(16, 'type = "thin"\nthin_pool = "pool"\ntransaction_id = %d\ndevice_id = %d' % (
        device - 1, device))])

# A cache that has each third block, changed since it was read.
origin, cache, xml = bytearray(file_system("cached")), bytearray(b"\xa5" * (2 * MIB)), ""
for i, number in enumerate(range(0, 64, 3)):
    place = (i * 11 + 5) % 32
    cache[place * CHUNK:(place + 1) * CHUNK] = origin[number * CHUNK:(number + 1) * CHUNK]
    origin[number * CHUNK:(number + 1) * CHUNK] = b"\xa5" * CHUNK
    xml += '<mapping cache_block="%d" origin_block="%d" dirty="true"/>' % (place, number)
xml = ('<superblock uuid="" block_size="128" nr_cache_blocks="32" policy="smq" hint_width="4"><mappings>' + xml
       + "</mappings><hints></hints></superblock>")
group.linear("cpool_cdata", 0, bytes(cache))
group.linear("cpool_cmeta", 0, tool("cache_restore", xml, 2 * MIB))
group.linear("cached_corig", 1, bytes(origin))
group.volume("cpool", [(2, 'type = "cache-pool"\ndata = "cpool_cdata"\nmetadata = "cpool_cmeta"\nchunk_size = 128\n'
                           'metadata_format = 2\ncache_mode = "writeback"\npolicy = "smq"')], False)
group.volume("cached", [(4, 'type = "cache"\ncache_pool = "cpool"\norigin = "cached_corig"')])

open(DISK, "wb").truncate(3 * PARTITION + 2 * MIB)
run("sgdisk", "-n", "1:2048:+40M", "-t", "1:8e00", "-n", "2:0:+40M", "-t", "2:8e00", "-n", "3:0:+40M", "-t", "3:8e00",
    "-U", "00112233-4455-6677-8899-aabbccddeeff", DISK)
devices = [run("losetup", "-f", "--show", "-o", str(MIB + i * PARTITION), "--sizelimit", str(PARTITION), DISK).strip()
           for i in range(3)]
try:
    run("lvm", "pvcreate", "-q", *devices)
    run("lvm", "vgcreate", "-q", "-s", "1M", "kinds", *devices)
    run("lvm", "vgcfgbackup", "--driverloaded", "n", "-f", "text", "kinds")
    text = open("text").read().rstrip().removesuffix("}")
    text += "logical_volumes {\n" + "\n".join(group.text) + "}\n}\n"
    open("text", "w").write(text)
    run("lvm", "vgcfgrestore", "--driverloaded", "n", "--force", "-y", "-f", "text", "kinds")
    print(run("lvm", "lvs", "--driverloaded", "n", "-a", "-o", "lv_name,segtype,devices", "kinds"))
finally:
    for device in devices:
        run("losetup", "-d", device)
with open(DISK, "r+b") as disk:
    for i in range(3):
        disk.seek((1 + i * 40 + 1) * MIB)  # behind the metadata of the physical volume
        disk.write(bytes(group.data[i][:group.next[i] * MIB]))
for name in ("tree/name", "part", "text", "xml", "meta"):
    os.remove(name)
os.rmdir("tree")
