package dev.platter.qcow2.edit;

import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Limits;
import dev.platter.qcow2.check.Checker;
import dev.platter.qcow2.check.FreeClusters;
import dev.platter.qcow2.check.RefcountRebuild;
import dev.platter.qcow2.check.ReferenceCounts;
import dev.platter.qcow2.check.RepairedSnapshots;
import dev.platter.qcow2.check.Survey;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.LenientReader;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A change of an image that counts at once, by its header. What is new is written where nothing
 * lives, with refcounts of its own; until the header says so the image is what it was, so that it
 * is enough to cut the file to undo it. What is not needed any more is given back afterwards.
 */
final class ImageChange {
  private final WritableStorage storage;
  private final ImageHead head;
  private final Qcow2Header header;
  private final ReferenceCounts counts;

  /** Clusters that nothing will refer to, but that are in use as long as the header says so. */
  private final ReferenceCounts held;

  private final FreeClusters free;
  private final long[] refcountClusters;
  private final long sizeBefore;
  private RefcountRebuild refcounts;
  private HeaderUpdate update;
  private boolean rebuilt;

  /**
   * @param counts how often each cluster is referred to; becomes what it is afterwards
   * @param refcountClusters where the refcount table and its blocks are
   */
  ImageChange(
      WritableStorage storage, ImageHead head, ReferenceCounts counts, long[] refcountClusters)
      throws IOException {
    this.storage = storage;
    this.head = head;
    this.header = head.header();
    this.counts = counts;
    this.held = new ReferenceCounts(head);
    this.sizeBefore = storage.size();
    this.free =
        new FreeClusters(head, counts, held, header.clustersFor(sizeBefore), Long.MAX_VALUE);
    this.refcountClusters = refcountClusters.clone();
  }

  /**
   * Begins to change a sound image: counts all references to its clusters.
   *
   * @throws CorruptImageException if it is damaged; leaks do not matter
   */
  static ImageChange begin(WritableStorage storage, Limits limits) throws IOException {
    ImageHead head = ImageHead.read(storage, limits);
    Survey survey;
    try (LenientReader reader = new LenientReader(storage)) {
      survey =
          Checker.survey(
              storage, head, RepairedSnapshots.none(reader, head), Checker.Purpose.REPAIR_LEAKS);
    }
    CheckReport report = survey.report();
    boolean marked = head.header().dirty() || head.header().corrupt();
    if (marked || report.corruptions() + report.checkErrors() > 0) {
      throw head.corrupt("the image is damaged; repair it before it is changed (check -r all)");
    }
    return new ImageChange(storage, head, survey.counts(), survey.refcountClusters());
  }

  /**
   * Begins another change after this one, which counts and has given back what it had to, without
   * counting all references again; or anew, should somebody else have changed the image meanwhile.
   */
  ImageChange next(Limits limits) throws IOException {
    ImageHead now = ImageHead.read(storage, limits);
    boolean isOurs =
        rebuilt && refcounts.tableOffset() == now.header().refcountTableOffset() && update == null;
    return isOurs
        ? new ImageChange(storage, now, counts, refcounts.clusters())
        : begin(storage, limits);
  }

  WritableStorage storage() {
    return storage;
  }

  ImageHead head() {
    return head;
  }

  /** How often each cluster is referred to, as of now. */
  ReferenceCounts counts() {
    return counts;
  }

  /** How often the cluster at a host offset is referred to, as of now. */
  long referencesAt(long hostOffset) throws IOException {
    return counts.at(hostOffset >>> header.clusterBits());
  }

  /**
   * Takes clusters that follow each other and hold anything at all, referred to once.
   *
   * @return where they begin, bytes
   */
  long take(long clusters) throws IOException {
    return free.take(clusters) << header.clusterBits();
  }

  /** Puts bytes into new clusters; answers where. */
  long put(MemorySegment bytes) throws IOException {
    long offset = take(header.clustersFor(bytes.byteSize()));
    write(offset, bytes);
    return offset;
  }

  /** Writes bytes into clusters that were taken; the last is filled up with zeros. */
  void write(long offset, MemorySegment bytes) throws IOException {
    long clusters = header.clustersFor(bytes.byteSize());
    storage.write(offset, bytes);
    long rest = (clusters << header.clusterBits()) - bytes.byteSize();
    if (rest > 0) {
      storage.write(offset + bytes.byteSize(), MemorySegment.ofArray(new byte[(int) rest]));
    }
  }

  /** Says that the clusters which this stretch touches are referred to once less. */
  void giveUp(long hostOffset, long bytes) throws IOException {
    if (bytes > 0) {
      long last = hostOffset + bytes - 1 >>> header.clusterBits();
      for (long cluster = hostOffset >>> header.clusterBits(); cluster <= last; cluster++) {
        lower(cluster);
      }
    }
  }

  private void lower(long cluster) throws IOException {
    long references = counts.at(cluster);
    if (references <= 0) {
      throw head.corrupt("cluster " + cluster + " is in use, but nothing was found to use it");
    }
    if (counts.set(cluster, references - 1) == 0) {
      held.add(cluster, 1);
    }
  }

  /** Finds places for the refcounts of all that there will be; nothing is taken or given up now. */
  void planRefcounts() throws IOException {
    planRefcounts(header.refcountOrder());
  }

  /** The same for refcounts of another width, which the new header is to tell. */
  void planRefcounts(int order) throws IOException {
    for (long cluster : refcountClusters) {
      lower(cluster);
    }
    refcounts = RefcountRebuild.plan(head, counts, free, order);
  }

  /** Where the file will end, bytes. */
  long end() throws IOException {
    long end = counts.end();
    while (end > 1 && counts.at(end - 1) == 0) {
      end--;
    }
    return end << header.clusterBits();
  }

  /** Whether clusters were taken or given up, and it counts. */
  boolean isRebuilt() {
    return rebuilt;
  }

  /** Lets everything count. */
  void commit(HeaderUpdate newHeader) throws IOException {
    refcounts.write(storage);
    if (storage.size() < end()) {
      storage.truncate(end());
    }
    commitHeader(newHeader.refcountTable(refcounts.tableOffset(), refcounts.tableClusters()));
    rebuilt = true;
  }

  /** Lets the header count, where nothing was taken or given up. */
  void commitHeader(HeaderUpdate newHeader) throws IOException {
    storage.sync();
    update = newHeader;
    update.write();
    update = null;
    try {
      newHeader.writeNames();
    } catch (IOException e) {
      return; // the header does without: it counts, and says all that means something
    }
  }

  /** Takes back what has not been committed; where the medium does not let it, space is lost. */
  void undo() throws IOException {
    if (update != null) {
      update.undo();
    }
    if (storage.size() > sizeBefore) {
      storage.truncate(sizeBefore);
      storage.sync();
    }
  }

  /** Gives the space back that nothing refers to any more. */
  void release() throws IOException {
    long end = end() >>> header.clusterBits();
    long from = 0;
    for (long cluster = held.nextCounted(0, end); cluster < end; ) {
      if (held.at(cluster) == 0) {
        cluster = held.nextCounted(cluster + 1, end);
        continue;
      }
      from = cluster;
      while (cluster < end && held.at(cluster) != 0) {
        cluster++;
      }
      storage.zero(from << header.clusterBits(), cluster - from << header.clusterBits());
    }
    if (storage.size() > end()) {
      storage.truncate(end());
    }
    storage.sync();
  }
}
