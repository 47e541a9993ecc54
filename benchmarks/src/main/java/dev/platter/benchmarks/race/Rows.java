package dev.platter.benchmarks.race;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** All rows of the race, in the order in which they run: grouped by their sources. */
final class Rows {
  private static final String EMPTY_WORK = "empty 64 TiB to qcow2";

  private final Contenders contenders;
  private final boolean quick;
  private final DataSet system;
  private final List<Row> rows = new ArrayList<>();

  private Rows(Contenders contenders, boolean quick) {
    this.contenders = contenders;
    this.quick = quick;
    this.system = quick ? DataSet.SMALL : DataSet.SYSTEM;
  }

  static List<Row> all(Contenders contenders, boolean quick) {
    Rows rows = new Rows(contenders, quick);
    rows.start();
    rows.matrix();
    rows.compare();
    rows.encrypted();
    rows.empty();
    if (!quick) {
      rows.cold();
      rows.tables();
      rows.chains();
      rows.noise();
      rows.sparse();
      rows.growth();
      rows.large();
    }
    return rows.rows;
  }

  private void start() {
    Goal goal = new Goal(Goal.INFO, Map.of(Contender.EMPTY_MAIN, 25.0 / 60), 0, 0);
    for (ImageKind kind : List.of(ImageKind.QCOW2, ImageKind.STREAM, ImageKind.VHDX)) {
      Disk disk = new Disk(system, kind);
      add("info/" + kind.title(), disk, contenders.describing(disk), goal, null);
    }
  }

  private void matrix() {
    for (ImageKind from : ImageKind.PLAIN) {
      for (ImageKind to : ImageKind.PLAIN) {
        boolean few = from == ImageKind.RAW || to == ImageKind.RAW;
        boolean streams = from == ImageKind.QCOW2_ZLIB && to == ImageKind.STREAM;
        if (!quick || few || streams) {
          convert("matrix", new Disk(system, from), to, false);
        }
      }
    }
    level6("matrix", new Disk(system, ImageKind.RAW), false);
  }

  /** Of what qemu-img takes to make a header, most is for measuring its own speed. */
  private void encrypted() {
    DataSet set = quick ? DataSet.SMALL : DataSet.LARGE;
    add(set, ImageKind.LUKS, ImageKind.RAW);
    add(set, ImageKind.RAW, ImageKind.LUKS);
    add(set, ImageKind.QCOW2_LUKS, ImageKind.QCOW2);
  }

  private void add(DataSet set, ImageKind from, ImageKind to) {
    Disk source = new Disk(set, from);
    add(
        "encrypted/" + from.title() + "/" + to.title(),
        source,
        contenders.converting(source, to),
        Goal.ofConversion(from, to, true),
        to);
  }

  private void large() {
    Set<ImageKind> hubs = Set.of(ImageKind.RAW, ImageKind.QCOW2);
    for (ImageKind from : ImageKind.PLAIN) {
      for (ImageKind to : ImageKind.PLAIN) {
        boolean wanted =
            from.isCompressed() || to.isCompressed()
                ? from == ImageKind.RAW || to == ImageKind.RAW || isPassthrough(from, to)
                : hubs.contains(from) || hubs.contains(to);
        if (wanted) {
          convert("large", new Disk(DataSet.LARGE, from), to, true);
        }
      }
    }
    level6("large", new Disk(DataSet.LARGE, ImageKind.RAW), true);
  }

  private static boolean isPassthrough(ImageKind from, ImageKind to) {
    return (from == ImageKind.QCOW2_ZLIB && to == ImageKind.STREAM)
        || (from == ImageKind.STREAM && to == ImageKind.QCOW2_ZLIB);
  }

  private void convert(String group, Disk source, ImageKind to, boolean large) {
    List<Contender> all = new ArrayList<>(contenders.converting(source, to));
    ImageKind from = source.kind();
    Goal goal = Goal.ofConversion(from, to, large);
    if (from == ImageKind.RAW && to.isCompressed()) {
      all.addAll(contenders.codec(source, to));
      goal = large ? goal.nearTo(Contender.CODEC) : goal;
    } else if (from.isCompressed() && to == ImageKind.RAW) {
      all.addAll(contenders.codec(source, to));
      goal = large ? goal.nearTo(Contender.CODEC) : goal;
    } else if (!from.isCompressed() && !to.isCompressed() && large) {
      goal = goal.nearTo(Contender.CP);
    }
    if (!large) {
      all.addAll(contenders.others(source, to));
    }
    add(group + "/" + from.title() + "/" + to.title(), source, all, goal, to);
  }

  private void level6(String group, Disk source, boolean large) {
    ImageKind kind = ImageKind.QCOW2_ZLIB;
    List<Contender> all =
        new ArrayList<>(contenders.converting(source, kind, "-o", "compression_level=6"));
    all.addAll(contenders.codec(source, kind, "6"));
    Goal goal = Goal.of("to qcow2 zlib at level 6", 6, 3).sizedAtMost(0.96);
    add(
        group + "/raw/qcow2-zlib-level6",
        source,
        all,
        large ? goal.nearTo(Contender.CODEC) : goal,
        kind);
  }

  private void compare() {
    Disk raw = new Disk(system, ImageKind.RAW);
    for (ImageKind kind :
        List.of(
            ImageKind.QCOW2,
            ImageKind.VHDX,
            ImageKind.QCOW2_ZLIB,
            ImageKind.QCOW2_ZSTD,
            ImageKind.STREAM)) {
      Disk disk = new Disk(system, kind);
      Goal goal =
          kind.isCompressed()
              ? Goal.of("compare against a compressed image", 2.5, 0)
              : Goal.of(Goal.SMALL_PLAIN, 0.7, 0);
      rows.add(
          new Row(
              "compare/raw/" + kind.title(),
              List.of(raw, disk),
              contenders.comparing(raw, disk),
              goal,
              Optional.empty(),
              false,
              Row.TIMEOUT));
    }
  }

  private void empty() {
    long[] sizes =
        quick ? new long[] {1, 64 << 10} : new long[] {1, 16, 256, 1 << 10, 8 << 10, 64 << 10};
    for (ImageKind from : List.of(ImageKind.RAW, ImageKind.QCOW2, ImageKind.VHDX)) {
      for (long size : sizes) {
        if (from == ImageKind.RAW && size > 8 << 10) {
          continue; // more than a file of ext4 may have
        }
        Disk disk = new Disk(DataSet.empty(size), from);
        Goal goal = size == 64 << 10 ? Goal.within(EMPTY_WORK, 0.5) : Goal.NONE;
        String name = "empty/" + from.title() + "/" + disk.set().name();
        List<Contender> all = contenders.converting(disk, ImageKind.QCOW2);
        all.removeIf(c -> c.name().equals(Contender.CP));
        add(name, disk, all, goal, ImageKind.QCOW2, quick ? 5 : 30);
      }
    }
  }

  private void tables() {
    Goal goal = Goal.of("1 TiB of qcow2, a tenth of it filled; dd", 2, 0);
    Disk disk = new Disk(DataSet.TABLES, ImageKind.QCOW2);
    add("tables/check", disk, contenders.asking(disk, "check"), goal, null);
    add("tables/map", disk, contenders.asking(disk, "map", "--output=json"), goal, null);
    add("tables/measure", disk, contenders.asking(disk, "measure", "-O", "qcow2"), goal, null);
    Disk raw = new Disk(system, ImageKind.RAW);
    for (ImageKind kind : List.of(ImageKind.RAW, ImageKind.QCOW2)) {
      add("dd/raw/" + kind.title(), raw, contenders.copying(raw, kind), goal, kind);
    }
  }

  /** Commands that change images; what snapshots come to is not compared, but by tests. */
  private void chains() {
    Goal goal = Goal.of("commit and rebase 4 GB, snapshots of 1 TiB", 1.2, 0);
    Disk raw = new Disk(DataSet.LARGE, ImageKind.RAW);
    Disk qcow2 = new Disk(DataSet.LARGE, ImageKind.QCOW2);
    add("chain/commit", raw, contenders.chains().committing(raw), goal, ImageKind.QCOW2);
    add("chain/rebase", qcow2, contenders.chains().rebasing(qcow2), goal, ImageKind.QCOW2);
    Disk tables = new Disk(DataSet.TABLES, ImageKind.QCOW2);
    add("chain/snapshot-create", tables, contenders.chains().snapshot("-c", tables), goal, null);
    add("chain/snapshot-delete", tables, contenders.chains().snapshot("-d", tables), goal, null);
  }

  private void noise() {
    Disk raw = new Disk(DataSet.NOISE, ImageKind.RAW);
    for (ImageKind to :
        List.of(
            ImageKind.RAW,
            ImageKind.QCOW2,
            ImageKind.QCOW2_ZLIB,
            ImageKind.QCOW2_ZSTD,
            ImageKind.STREAM)) {
      convert("noise", raw, to, false);
    }
    convert("noise", new Disk(DataSet.NOISE, ImageKind.STREAM), ImageKind.RAW, false);
  }

  private void sparse() {
    Disk disk = new Disk(DataSet.SPARSE, ImageKind.VHDX);
    Goal goal = Goal.of("64 GiB sparse vhdx with 1 GiB of data", 10, 8);
    for (ImageKind to : ImageKind.PLAIN) {
      List<Contender> all = contenders.converting(disk, to);
      all.removeIf(c -> c.name().equals(Contender.CP));
      add("sparse/vhdx/" + to.title(), disk, all, goal, to);
    }
  }

  private void cold() {
    cold(ImageKind.RAW, ImageKind.QCOW2);
    cold(ImageKind.QCOW2, ImageKind.RAW);
    cold(ImageKind.RAW, ImageKind.QCOW2_ZSTD);
    cold(ImageKind.QCOW2_ZLIB, ImageKind.RAW);
  }

  private void cold(ImageKind from, ImageKind to) {
    Disk disk = new Disk(system, from);
    add(
        "cold/" + from.title() + "/" + to.title(),
        disk,
        contenders.converting(disk, to),
        Goal.NONE,
        to);
    rows.add(rows.removeLast().coldly());
  }

  private void growth() {
    for (int copies = 1; copies <= 16; copies *= 2) {
      DataSet set = copies == 1 ? DataSet.SYSTEM : DataSet.copies(copies);
      Disk raw = new Disk(set, ImageKind.RAW);
      String name = "/" + set.name();
      add(
          "growth/raw-qcow2" + name,
          raw,
          contenders.converting(raw, ImageKind.QCOW2),
          Goal.NONE,
          ImageKind.QCOW2);
      add(
          "growth/raw-qcow2-zstd" + name,
          raw,
          contenders.converting(raw, ImageKind.QCOW2_ZSTD),
          Goal.NONE,
          ImageKind.QCOW2_ZSTD);
    }
  }

  private void add(String name, Disk source, List<Contender> all, Goal goal, ImageKind made) {
    add(name, source, all, goal, made, Row.TIMEOUT);
  }

  private void add(
      String name, Disk source, List<Contender> all, Goal goal, ImageKind made, int timeout) {
    rows.add(new Row(name, List.of(source), all, goal, Optional.ofNullable(made), false, timeout));
  }
}
