package dev.platter.qcow2.format;

import dev.platter.image.CorruptImageException;

/** Reads L2 entries, standard or extended, into runs ("L2 table entry", "Extended L2 Entries"). */
abstract sealed class L2Reader {
  final ImageHead head;
  final int clusterBits;
  final boolean hasDataFile;
  private final FileEnds ends;

  private L2Reader(ImageHead head, FileEnds ends) {
    this.head = head;
    this.ends = ends;
    this.clusterBits = head.header().clusterBits();
    this.hasDataFile = head.header().hasDataFile();
  }

  static L2Reader of(ImageHead head, FileEnds ends) {
    return head.header().extendedL2() ? new Extended(head, ends) : new Standard(head, ends);
  }

  /**
   * Adds entries to the run until it is finished or the piece ends.
   *
   * @param words the piece of an L2 table
   * @param from the entry of the piece that maps the run's end
   * @param count entries in the piece
   * @param position where the piece stands in the file, for messages
   */
  abstract void walk(MappedRun run, long[] words, int from, int count, long position)
      throws CorruptImageException;

  final long endOfCluster(long offset) {
    return (offset >>> clusterBits) + 1 << clusterBits;
  }

  final long withinCluster(long offset) {
    return offset & ((1L << clusterBits) - 1);
  }

  /** The host cluster of a standard entry. */
  final long hostOf(long entry, long guestOffset, int index, long position)
      throws CorruptImageException {
    long host = entry & Entries.OFFSET_MASK;
    if (withinCluster(host) != 0) {
      throw head.corrupt(
          nameOf(index, position)
              + ": cluster allocation offset "
              + ImageHead.hex(host)
              + " unaligned, expected a multiple of "
              + (1 << clusterBits));
    }
    long guestCluster = guestOffset & -(1L << clusterBits);
    if (hasDataFile && host != guestCluster) {
      throw head.corrupt(
          nameOf(index, position)
              + ": external data file host cluster offset "
              + ImageHead.hex(host)
              + " does not match guest cluster offset "
              + ImageHead.hex(guestCluster));
    }
    return host;
  }

  /**
   * Data cannot begin past the end of the image's own file: such a file was cut. The last cluster
   * need not be there in full, and a data file may end early as any raw disk.
   */
  final void checkInside(long host, int index, long position) throws CorruptImageException {
    long fileSize = ends.image();
    if (!hasDataFile && host >= fileSize) {
      throw head.corrupt(
          nameOf(index, position)
              + " points past the end of the file ("
              + ImageHead.hex(host)
              + " >= "
              + ImageHead.hex(fileSize)
              + ")");
    }
  }

  final void addCompressed(MappedRun run, long entry, int index, long position)
      throws CorruptImageException {
    if (hasDataFile) {
      throw head.corrupt(
          nameOf(index, position) + ": compressed cluster in an image with an external data file");
    }
    checkInside(Entries.compressedOffset(entry, clusterBits), index, position);
    run.addCompressed(entry, endOfCluster(run.end()));
  }

  /**
   * @param index the entry's number in the piece at {@code position}
   */
  final String nameOf(int index, long position) {
    int entrySize = head.header().l2EntrySize();
    long at = position + (long) index * entrySize;
    long number = withinCluster(at) / entrySize;
    return "L2 entry " + number + " at " + ImageHead.hex(at);
  }

  /** One word for each cluster. */
  private static final class Standard extends L2Reader {
    private final boolean hasZeroFlag;

    Standard(ImageHead head, FileEnds ends) {
      super(head, ends);
      this.hasZeroFlag = head.header().version() >= 3;
    }

    @Override
    void walk(MappedRun run, long[] words, int from, int count, long position)
        throws CorruptImageException {
      for (int i = from; i < count && !run.finished(); i++) {
        try {
          add(run, words[i], i, position);
        } catch (CorruptImageException e) {
          run.failAtEnd(e);
        }
      }
    }

    private void add(MappedRun run, long entry, int index, long position)
        throws CorruptImageException {
      if ((entry & Entries.COMPRESSED) != 0) {
        addCompressed(run, entry, index, position);
        return;
      }
      boolean zero = (entry & Entries.ZERO) != 0;
      if (zero && !hasZeroFlag) {
        throw head.corrupt(nameOf(index, position) + ": zero cluster entry found in pre-v3 image");
      }
      long guest = run.end();
      if (!Entries.hasHost(head.header(), entry)) {
        run.add(zero ? MappedRun.Kind.ZERO : MappedRun.Kind.ABSENT, 0, endOfCluster(guest));
        return;
      }
      long host = hostOf(entry, guest, index, position);
      if (!zero) {
        checkInside(host, index, position);
      }
      run.add(
          zero ? MappedRun.Kind.ZERO_ALLOCATED : MappedRun.Kind.DATA,
          host + withinCluster(guest),
          endOfCluster(guest));
    }
  }

  /**
   * Two words for each cluster: the second tells of 32 subclusters which are stored, and which are
   * zero.
   */
  private static final class Extended extends L2Reader {
    private final int subclusterBits;

    Extended(ImageHead head, FileEnds ends) {
      super(head, ends);
      this.subclusterBits = clusterBits - Integer.numberOfTrailingZeros(Entries.SUBCLUSTERS);
    }

    @Override
    void walk(MappedRun run, long[] words, int from, int count, long position)
        throws CorruptImageException {
      for (int i = from; i < count && !run.finished(); i++) {
        try {
          addCluster(run, words[2 * i], words[2 * i + 1], i, position);
        } catch (CorruptImageException e) {
          run.failAtEnd(e);
        }
      }
    }

    private void addCluster(MappedRun run, long entry, long bitmap, int index, long position)
        throws CorruptImageException {
      if ((entry & Entries.COMPRESSED) != 0) {
        addCompressed(run, entry, index, position);
        return;
      }
      int stored = (int) bitmap;
      int zero = (int) (bitmap >>> Entries.SUBCLUSTERS);
      boolean hasHost = Entries.hasHost(head.header(), entry);
      if ((stored & zero) != 0 || stored != 0 && !hasHost) {
        throw head.corrupt(
            nameOf(index, position)
                + ": invalid subcluster bitmap "
                + ImageHead.hex(bitmap)
                + (hasHost ? "" : " without a host cluster"));
      }
      long cluster = run.end() & -(1L << clusterBits);
      long host = hasHost ? hostOf(entry, cluster, index, position) : 0;
      if (stored != 0) {
        checkInside(host, index, position);
      }
      long clusterEnd = cluster + (1L << clusterBits);
      while (!run.finished() && run.end() < clusterEnd) {
        addSubclusters(run, cluster, host, hasHost, stored, zero);
      }
    }

    /** Adds the subclusters from the run's end on that are of one kind. */
    private void addSubclusters(
        MappedRun run, long cluster, long host, boolean hasHost, int stored, int zero) {
      int first = (int) (run.end() - cluster >>> subclusterBits);
      boolean isStored = (stored >>> first & 1) != 0;
      boolean isZero = (zero >>> first & 1) != 0;
      int same = isStored ? stored : isZero ? zero : ~(stored | zero);
      int count = Math.min(Integer.numberOfTrailingZeros(~(same >>> first)), 32 - first);
      MappedRun.Kind kind =
          isStored
              ? MappedRun.Kind.DATA
              : !isZero
                  ? MappedRun.Kind.ABSENT
                  : hasHost ? MappedRun.Kind.ZERO_ALLOCATED : MappedRun.Kind.ZERO;
      run.add(
          kind, host + (run.end() - cluster), cluster + ((long) (first + count) << subclusterBits));
    }
  }
}
