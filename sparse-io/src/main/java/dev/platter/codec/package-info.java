/**
 * One block in, one block out: deflate (RFC 1951), zlib (RFC 1950), Zstandard (RFC 8878), LZ4
 * blocks; to read only, bzip2, xz, LZFSE and ADC. Knows neither storages nor images. {@link
 * dev.platter.codec.Codecs} is the way in.
 *
 * <p>All decoders are strict, whichever library does the work: a block must decode to exactly the
 * size that is asked for, its stream must have an end, and a checksum that it carries must be
 * right. qemu-img is more lenient in one point: it takes a deflate stream that goes on after its
 * cluster is full, and drops the rest. No known writer makes such streams, so here they count as
 * damage.
 *
 * <p>File systems are another matter: what their blocks hold they often do not say, and {@link
 * dev.platter.codec.Packing} therefore is told the most that is wanted.
 *
 * <p>Departures from the specifications: zlib streams with a preset dictionary and Zstandard frames
 * with a dictionary are refused, as no disk image names one; so are the formats that preceded
 * Zstandard 0.8.
 */
package dev.platter.codec;
