package dev.platter.remote.ebs;

import dev.platter.remote.http.HttpException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

/**
 * Which blocks a snapshot has, and what opens each, asked for where it is needed, a page at a time
 * (ListSnapshotBlocks). For any number of threads.
 */
final class BlockList {
  /** How many blocks are asked for at a time: half a GiB of data or more. */
  private static final int PER_PAGE = 1000;

  private static final int MOST_PAGES = 64;
  private static final int MOST_EMPTY = 10;
  private static final String NEXT = "NextToken";
  private static final long GIB = 1L << 30;

  /** More than EBS has in a volume, GiB. */
  private static final long MOST_GIB = 1L << 17;

  private final Service service;
  private final String snapshot;
  private final String shown;
  private final TreeMap<Integer, Page> pages = new TreeMap<>();
  private final long size;

  /**
   * What is known from one block on.
   *
   * @param end the first block of which nothing is known
   * @param tokens what opens the blocks that there are
   */
  private record Page(int end, TreeMap<Integer, String> tokens) {}

  /**
   * Asks for the first page.
   *
   * @param shown how messages call it
   */
  BlockList(Service service, String snapshot, String shown) throws IOException {
    this.service = service;
    this.snapshot = snapshot;
    this.shown = shown;
    JsonNode first = ask(0, "");
    long gib = Service.number(first, "VolumeSize");
    if (gib < 1 || gib > MOST_GIB) {
      throw new HttpException(shown + ": EBS says that it has " + Math.max(0, gib) + " GiB");
    }
    this.size = gib * GIB;
    keep(0, first);
  }

  /** The size of the disk, bytes. */
  long size() {
    return size;
  }

  /** What opens a block; empty: it is zero. */
  synchronized Optional<String> tokenOf(int block) throws IOException {
    return Optional.ofNullable(pageOf(block).tokens().get(block));
  }

  /**
   * How far blocks are there, or are not, as the one is with which they begin.
   *
   * @return the first that is otherwise, or of which nothing is known yet; more than that one
   */
  synchronized int endOfRun(int block) throws IOException {
    Page page = pageOf(block);
    if (!page.tokens().containsKey(block)) {
      Integer next = page.tokens().higherKey(block);
      return next == null ? page.end() : next;
    }
    int end = block + 1;
    while (end < page.end() && page.tokens().containsKey(end)) {
      end++;
    }
    return end;
  }

  private Page pageOf(int block) throws IOException {
    Map.Entry<Integer, Page> before = pages.floorEntry(block);
    if (before != null && block < before.getValue().end()) {
      return before.getValue();
    }
    return keep(block, ask(block, ""));
  }

  private JsonNode ask(int from, String next) throws IOException {
    Map<String, String> query = new TreeMap<>();
    query.put("maxResults", Integer.toString(PER_PAGE));
    query.put(
        next.isEmpty() ? "startingBlockIndex" : "pageToken",
        next.isEmpty() ? Integer.toString(from) : next);
    JsonNode answer =
        service.json(
            shown + ": list its blocks",
            new Service.Call(
                "GET", "/snapshots/" + snapshot + "/blocks", query, Map.of(), new byte[0]));
    long blockSize = Service.number(answer, "BlockSize");
    if (blockSize != Service.BLOCK) {
      throw new HttpException(
          "%s: EBS says that its blocks have %d bytes, expected %d"
              .formatted(shown, blockSize, Service.BLOCK));
    }
    return answer;
  }

  private Page keep(int from, JsonNode first) throws IOException {
    int all = Math.toIntExact(size / Service.BLOCK);
    JsonNode answer = first;
    for (int i = 0; i < MOST_EMPTY && blocksOf(answer).isEmpty() && hasMore(answer); i++) {
      answer = ask(from, Service.text(answer, NEXT));
    }
    TreeMap<Integer, String> tokens = new TreeMap<>();
    int end = from;
    List<JsonNode> blocks = blocksOf(answer);
    for (JsonNode block : blocks) {
      long index = Service.number(block, "BlockIndex");
      String token = Service.text(block, "BlockToken");
      if (index < end || index >= all || token.isEmpty()) {
        throw new HttpException(shown + ": EBS lists block " + index + " where it cannot be");
      }
      tokens.put((int) index, token);
      end = (int) index + 1;
    }
    if (hasMore(answer) && blocks.isEmpty()) {
      throw new HttpException(shown + ": EBS does not end the list of blocks");
    }
    Page page = new Page(hasMore(answer) ? end : all, tokens);
    pages.put(from, page);
    if (pages.size() > MOST_PAGES) {
      // Who reads in order is behind the first, and asks no more for it.
      pages.remove(pages.firstKey() == from ? pages.lastKey() : pages.firstKey());
    }
    return page;
  }

  private static List<JsonNode> blocksOf(JsonNode answer) {
    return answer
        .field("Blocks")
        .filter(JsonNode::isArray)
        .map(JsonNode::asArray)
        .orElse(List.of());
  }

  private static boolean hasMore(JsonNode answer) {
    return !Service.text(answer, NEXT).isEmpty();
  }
}
