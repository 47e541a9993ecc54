package dev.platter.cli.answer;

import dev.platter.image.ImageInfo;
import dev.platter.image.Snapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The answer of {@code info} as JSON: qemu-img's keys in qemu-img's order; what is not so is
 * absent.
 */
public final class InfoJson {
  private static final long NANOS = 1_000_000_000L;

  private InfoJson() {}

  public static Map<String, Object> of(ImageFacts facts) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (facts.withLimits()) {
      json.put("limits", limits(facts));
    }
    json.put("children", facts.isAll() ? List.of() : List.of(child(facts)));
    if (!facts.info().snapshots().isEmpty()) {
      json.put("snapshots", snapshots(facts.info().snapshots()));
    }
    if (facts.parent() != null && facts.parent().format().isPresent()) {
      json.put("backing-filename-format", facts.parent().format().get());
    }
    if (facts.info().virtualSize() != ImageInfo.UNKNOWN_SIZE) {
      json.put("virtual-size", facts.info().virtualSize());
    }
    json.put("filename", facts.name());
    if (facts.info().clusterSize().isPresent()) {
      json.put("cluster-size", facts.info().clusterSize().getAsInt());
    }
    json.put("format", facts.format());
    if (facts.wrapping() != null) {
      json.put("wrapping", facts.wrapping());
    }
    json.put("actual-size", facts.diskSize());
    if (facts.isAll() && facts.isFile()) {
      json.put("format-specific", typed("file", Map.of()));
    } else if (!facts.details().isEmpty()) {
      json.put("format-specific", typed(facts.info().format(), facts.details()));
    }
    if (facts.parent() != null) {
      json.put("full-backing-filename", facts.fullParentName());
      json.put("backing-filename", facts.parent().name());
    }
    if (facts.info().encrypted()) {
      json.put("encrypted", true);
    }
    if (facts.info().compressed()) {
      json.put("compressed", true);
    }
    if (facts.tellsDirty()) {
      json.put("dirty-flag", facts.info().dirty());
    }
    return json;
  }

  private static Map<String, Object> child(ImageFacts facts) {
    Map<String, Object> info = new LinkedHashMap<>();
    if (facts.withLimits()) {
      Map<String, Object> limits = new LinkedHashMap<>();
      limits.put("request-alignment", facts.alignment());
      addMemory(limits, facts);
      info.put("limits", limits);
    }
    info.put("children", List.of());
    if (facts.fileLength() != ImageFacts.NOT_TOLD) {
      info.put("virtual-size", facts.fileLength());
    }
    info.put("filename", facts.name());
    info.put("format", facts.protocol());
    info.put("actual-size", facts.diskSize());
    if (facts.isFile()) {
      info.put("format-specific", typed("file", Map.of()));
    }
    if (facts.isLocal()) {
      info.put("dirty-flag", false);
    }
    Map<String, Object> child = new LinkedHashMap<>();
    child.put("name", "file");
    child.put("info", info);
    return child;
  }

  private static Map<String, Object> typed(String type, Map<String, Object> data) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("type", type);
    json.put("data", data);
    return json;
  }

  private static Map<String, Object> limits(ImageFacts facts) {
    Map<String, Object> limits = new LinkedHashMap<>();
    RequestLimits requests = facts.limits();
    if (requests.zeroAlignment() > 0) {
      limits.put("write-zeroes-alignment", requests.zeroAlignment());
    }
    limits.put("request-alignment", requests.alignment());
    limits.put("min-mem-alignment", facts.alignment());
    if (requests.discardAlignment() > 0) {
      limits.put("discard-alignment", requests.discardAlignment());
    }
    limits.put("opt-mem-alignment", InfoText.PAGE);
    limits.put("max-iov", InfoText.MAX_IOV);
    return limits;
  }

  private static void addMemory(Map<String, Object> limits, ImageFacts facts) {
    limits.put("min-mem-alignment", facts.alignment());
    limits.put("opt-mem-alignment", InfoText.PAGE);
    limits.put("max-iov", InfoText.MAX_IOV);
  }

  private static List<Object> snapshots(List<Snapshot> snapshots) {
    List<Object> list = new ArrayList<>();
    for (Snapshot snapshot : snapshots) {
      Map<String, Object> json = new LinkedHashMap<>();
      if (snapshot.icount().isPresent()) {
        json.put("icount", snapshot.icount().getAsLong());
      }
      json.put("vm-clock-nsec", snapshot.vmClockNanos() % NANOS);
      json.put("name", snapshot.name());
      json.put("date-sec", snapshot.dateSeconds());
      json.put("date-nsec", snapshot.dateNanos());
      json.put("vm-clock-sec", snapshot.vmClockNanos() / NANOS);
      json.put("id", snapshot.id());
      json.put("vm-state-size", snapshot.vmStateSize());
      list.add(json);
    }
    return list;
  }
}
