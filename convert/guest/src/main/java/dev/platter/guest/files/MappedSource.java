package dev.platter.guest.files;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Arrays;

/** A source whose bytes lie here and there in another one; a point query tells where. */
public abstract class MappedSource extends Source {
  public MappedSource(String name, long size, Budget budget) {
    super(name, size, budget);
  }

  /**
   * Where a run of bytes lies.
   *
   * @param length how far it reaches, at least 1
   * @param source null: they are zeros
   * @param offset in {@code source}
   */
  public record Piece(long length, Source source, long offset) {
    public static Piece zeros(long length) {
      return new Piece(length, null, 0);
    }
  }

  /** The run that begins at {@code offset}, which lies inside. */
  protected abstract Piece pieceAt(long offset) throws IOException;

  @Override
  public final Run runAt(long offset) throws IOException {
    step();
    Piece piece = pieceAt(offset);
    if (piece.length() < 1) {
      throw nothingAt(offset);
    }
    return new Run(Math.min(piece.length(), size() - offset), piece.source() == null);
  }

  @Override
  public final Place placeAt(long offset) throws IOException {
    step();
    Piece piece = pieceAt(offset);
    if (piece.length() < 1) {
      throw nothingAt(offset);
    }
    long length = Math.min(piece.length(), size() - offset);
    if (piece.source() == null) {
      return new Place(length, -1);
    }
    Place place = piece.source().placeAt(piece.offset());
    return new Place(Math.min(length, place.length()), place.offset());
  }

  private CorruptImageException nothingAt(long offset) {
    return Fault.on(name())
        .corrupt("nothing tells where byte 0x" + Long.toHexString(offset) + " is");
  }

  @Override
  protected final void fill(long offset, byte[] target, int at, int length) throws IOException {
    for (int done = 0; done < length; ) {
      step();
      Piece piece = pieceAt(offset + done);
      if (piece.length() < 1) {
        throw nothingAt(offset + done);
      }
      int count = (int) Math.min(piece.length(), length - done);
      if (piece.source() == null) {
        Arrays.fill(target, at + done, at + done + count, (byte) 0);
      } else {
        Source source = piece.source();
        if (piece.offset() < 0 || piece.offset() > source.size() - count) {
          throw Fault.on(name())
              .corrupt(
                  "byte 0x"
                      + Long.toHexString(offset + done)
                      + " is said to lie at 0x"
                      + Long.toHexString(piece.offset())
                      + " of "
                      + source.name()
                      + ", which has 0x"
                      + Long.toHexString(source.size())
                      + " bytes");
        }
        source.fill(piece.offset(), target, at + done, count);
      }
      done += count;
    }
  }
}
