/** One block in, one block out: deflate, zlib, zstd, lz4. Knows neither storages nor images. */
package dev.platter.codec;
