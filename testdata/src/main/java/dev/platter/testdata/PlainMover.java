package dev.platter.testdata;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.BlockEncoder;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Moves a disk into a writer in the plainest way: one block after the other, on one thread. For
 * tests of formats, which do not know the engine.
 */
public final class PlainMover {
  private final BlockMap source;
  private final ImageWriter writer;
  private final boolean keepAbsent;
  private final Random order;

  private PlainMover(BlockMap source, ImageWriter writer, boolean keepAbsent, long seed) {
    this.source = source;
    this.writer = writer;
    this.keepAbsent = keepAbsent;
    this.order = new Random(seed);
  }

  /**
   * Writes the whole disk and finishes the image. The placements of several blocks are carried out
   * in a random order, unless the target is sequential.
   *
   * @param keepAbsent whether blocks that are absent altogether stay so; otherwise they are zero
   */
  public static void move(
      BlockMap source, ImageWriter writer, boolean keepAbsent, boolean sequential, long seed)
      throws IOException {
    new PlainMover(source, writer, keepAbsent, seed).move(sequential);
  }

  private void move(boolean sequential) throws IOException {
    int block = writer.blockSize();
    List<Placement> waiting = new ArrayList<>();
    try (Arena arena = Arena.ofShared();
        GuestReader reader = new GuestReader()) {
      Optional<BlockEncoder> encoder = writer.newEncoder();
      for (long at = 0; at < source.size(); at += block) {
        int length = (int) Math.min(block, source.size() - at);
        MemorySegment bytes = arena.allocate(block, 64);
        reader.read(source, at, bytes.asSlice(0, length));
        Piece piece = piece(at, length, bytes, encoder, arena);
        waiting.addAll(writer.reserve(new Chunk(at, length, List.of(piece))));
        if (sequential || order.nextInt(8) == 0) {
          carryOut(waiting, sequential);
        }
      }
      carryOut(waiting, sequential);
      encoder.ifPresent(BlockEncoder::close);
    }
    writer.finish();
  }

  private Piece piece(
      long offset, int length, MemorySegment bytes, Optional<BlockEncoder> encoder, Arena arena)
      throws IOException {
    if (keepAbsent && isAbsent(offset, length)) {
      return new Piece.Absent(offset, length);
    }
    if (ZeroScan.isZero(bytes)) {
      return new Piece.Zero(offset, length);
    }
    if (encoder.isPresent()) {
      MemorySegment target = arena.allocate(encoder.get().maxStoredLength(), 8);
      int stored = encoder.get().encode(offset, bytes, target);
      if (stored != BlockEncoder.STORE_PLAIN) {
        return new Piece.Encoded(offset, length, target.asSlice(0, stored));
      }
    }
    return new Piece.Bytes(offset, bytes.asSlice(0, length));
  }

  private boolean isAbsent(long offset, int length) throws IOException {
    Extent extent = source.extentAt(offset, offset + length);
    return extent instanceof Extent.Absent && extent.length() == length;
  }

  private void carryOut(List<Placement> placements, boolean inOrder) throws IOException {
    if (!inOrder) {
      Collections.shuffle(placements, order);
    }
    for (Placement placement : placements) {
      carryOut(placement);
    }
    placements.clear();
  }

  /** Carries out one placement. */
  public static void carryOut(Placement placement) throws IOException {
    switch (placement) {
      case Placement.Write write -> write.storage().write(write.hostOffset(), write.bytes());
      case Placement.Zero zero -> zero.storage().zero(zero.hostOffset(), zero.length());
      case Placement.Copy copy -> copy.storage().write(copy.hostOffset(), bytes(copy));
      case Placement.Encrypted encrypted -> {
        MemorySegment bytes = bytes(encrypted.plain());
        encrypted.cipher().newSectorCipher().encrypt(encrypted.cipherOffset(), bytes);
        encrypted.storage().write(encrypted.hostOffset(), bytes);
      }
    }
  }

  /** A copy of what a placement brings. */
  private static MemorySegment bytes(Placement placement) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) placement.length()]);
    switch (placement) {
      case Placement.Write write -> bytes.copyFrom(write.bytes());
      case Placement.Zero _ -> {}
      case Placement.Copy copy -> copy.source().readFully(copy.sourceOffset(), bytes);
      case Placement.Encrypted _ -> throw new AssertionError("encrypted twice: " + placement);
    }
    return bytes;
  }
}
