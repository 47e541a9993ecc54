package dev.platter.wrap;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.SeekableXZInputStream;

/**
 * The blocks of an xz file, decoded on several threads and given out in order. What is decoded
 * ahead is bounded: only the block that is given out goes on when there is enough of the others.
 */
final class XzBlocks extends Unpacked {
  private static final int PIECE = 1 << 18;
  private static final Piece NOTHING = new Piece(new byte[0], 0);

  /** How much may lie decoded and not yet given out, pieces: 32 MiB. */
  private static final int MAX_AHEAD = 128;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Storage packed;
  private final int blocks;
  private final int memoryKib;
  private final List<Thread> threads = new ArrayList<>();
  private final Map<Integer, Block> decoded = new HashMap<>();
  private final Deque<byte[]> spare = new ArrayDeque<>();
  private int nextClaimed;
  private int front;
  private int ahead;
  private boolean closed;
  private Piece current = NOTHING;
  private int at;

  private record Piece(byte[] bytes, int length) {}

  /** What there is of one block. */
  private static final class Block {
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private boolean complete;
    private Throwable failure;
  }

  /** The file was closed while its blocks were being decoded. */
  private static final class Stopped extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * @param packed stays the caller's, and must stay open until this is closed
   * @param memoryKib what each decoder may take as long as another block is given out
   */
  XzBlocks(Storage packed, int blocks, int decoders, int memoryKib) {
    this.packed = packed;
    this.blocks = blocks;
    this.memoryKib = memoryKib;
    for (int i = 0; i < decoders; i++) {
      threads.add(Thread.ofPlatform().name("platter-unxz-" + i).daemon().start(this::work));
    }
  }

  private void work() {
    SeekableXZInputStream stream = null;
    try {
      for (int block = claim(); block < blocks; block = claim()) {
        try {
          if (stream == null) {
            stream = XzWrapping.open(packed, memoryKib);
          }
          try {
            decode(stream, block);
          } catch (MemoryLimitException e) {
            awaitFront(block);
            try (SeekableXZInputStream large = XzWrapping.open(packed, XzWrapping.MEMORY_KIB)) {
              decode(large, block);
            }
          }
          complete(block, null);
        } catch (Stopped e) {
          return;
        } catch (IOException | RuntimeException | Error e) {
          complete(block, e);
          return;
        }
      }
    } finally {
      close(stream);
    }
  }

  private static void close(SeekableXZInputStream stream) {
    if (stream != null) {
      try {
        stream.close();
      } catch (IOException e) {
        throw new IllegalStateException(e); // the storage below is not closed with it
      }
    }
  }

  private void decode(SeekableXZInputStream stream, int block) throws IOException {
    stream.seekToBlock(block);
    long left = stream.getBlockSize(block);
    while (left > 0) {
      byte[] piece = room(block);
      int count = stream.readNBytes(piece, 0, (int) Math.min(PIECE, left));
      if (count == 0) {
        throw new IOException("xz: block " + block + " ends early");
      }
      deliver(block, new Piece(piece, count));
      left -= count;
    }
  }

  private int claim() {
    lock.lock();
    try {
      if (closed || nextClaimed == blocks) {
        return blocks;
      }
      decoded.put(nextClaimed, new Block());
      return nextClaimed++;
    } finally {
      lock.unlock();
    }
  }

  private byte[] room(int block) throws Stopped {
    lock.lock();
    try {
      while (!closed && block != front && ahead >= MAX_AHEAD) {
        changed.awaitUninterruptibly();
      }
      if (closed) {
        throw new Stopped();
      }
      ahead++;
      byte[] piece = spare.poll();
      return piece == null ? new byte[PIECE] : piece;
    } finally {
      lock.unlock();
    }
  }

  private void awaitFront(int block) throws Stopped {
    lock.lock();
    try {
      while (!closed && block != front) {
        changed.awaitUninterruptibly();
      }
      if (closed) {
        throw new Stopped();
      }
    } finally {
      lock.unlock();
    }
  }

  private void deliver(int block, Piece piece) {
    lock.lock();
    try {
      decoded.get(block).pieces.add(piece);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void complete(int block, Throwable failure) {
    lock.lock();
    try {
      decoded.get(block).complete = true;
      decoded.get(block).failure = failure;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (at == current.length() && !next()) {
      return -1;
    }
    int count = Math.min(length, current.length() - at);
    System.arraycopy(current.bytes(), at, target, offset, count);
    at += count;
    return count;
  }

  /** Goes on to the next piece; false when all blocks have been given out. */
  private boolean next() throws IOException {
    lock.lock();
    try {
      giveBack();
      while (front < blocks) {
        Block block = decoded.get(front);
        Piece piece = block == null ? null : block.pieces.poll();
        if (piece != null) {
          current = piece;
          return true;
        }
        if (block != null && block.complete) {
          if (block.failure != null) {
            throw failed(block.failure);
          }
          decoded.remove(front++);
          changed.signalAll();
        } else if (closed) {
          throw new IOException("xz: closed");
        } else {
          changed.awaitUninterruptibly();
        }
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  private void giveBack() {
    if (current.length() > 0) {
      spare.add(current.bytes());
      ahead--;
      changed.signalAll();
    }
    current = NOTHING;
    at = 0;
  }

  private static IOException failed(Throwable failure) throws IOException {
    return switch (failure) {
      case MemoryLimitException e -> e;
      case IOException e -> new IOException(e.getMessage(), e);
      case Error e -> throw e;
      default -> new IOException(failure.toString(), failure);
    };
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
