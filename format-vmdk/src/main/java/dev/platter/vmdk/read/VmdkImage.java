package dev.platter.vmdk.read;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.Danger;
import dev.platter.image.DiskImage;
import dev.platter.image.Fault;
import dev.platter.image.ImageInfo;
import dev.platter.image.ParentReference;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.support.ForeignNames;
import dev.platter.storage.Storage;
import dev.platter.vmdk.format.Descriptor;
import dev.platter.vmdk.format.DiskFile;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.Faults;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** An open disk: its descriptor, and its extents once they are asked for. */
public final class VmdkImage implements DiskImage {
  private final Storage storage;
  private final DiskFile file;
  private final List<ExtentSource> sources = new ArrayList<>();
  private final VmdkMap map;

  private VmdkImage(Storage storage, OpenRequest request, DiskFile file) throws IOException {
    this.storage = storage;
    this.file = file;
    long at = 0;
    for (int i = 0; i < file.lines().size(); i++) {
      ExtentLine line = file.lines().get(i);
      if (line.sectors() > 0) {
        Optional<Storage> self = i == file.self() ? Optional.of(storage) : Optional.empty();
        sources.add(new ExtentSource(at, line, self, storage.name(), request));
        at += line.length();
      }
    }
    if (at > request.limits().maxVirtualSize()) {
      throw Faults.corrupt(
          storage.name(),
          "the disk has " + at + " bytes, at most " + request.limits().maxVirtualSize());
    }
    this.map = new VmdkMap(sources, at);
  }

  public static VmdkImage open(Storage storage, OpenRequest request) throws IOException {
    return new VmdkImage(storage, request, DiskFile.read(storage, request.limits()));
  }

  @Override
  public ImageInfo info() {
    return new Description(storage.name(), file, map.size(), grainSizes(), damage()).toInfo();
  }

  @Override
  public ImageInfo summary() {
    List<OptionalInt> own = new ArrayList<>();
    for (int i = 0; i < file.lines().size(); i++) {
      own.add(i == file.self() ? file.grainSize() : OptionalInt.empty());
    }
    return new Description(storage.name(), file, map.size(), own, Optional.empty()).toInfo();
  }

  /** The grains of each extent, for which the files of a split disk are looked into. */
  private List<OptionalInt> grainSizes() {
    List<OptionalInt> sizes = new ArrayList<>();
    Iterator<ExtentSource> next = sources.iterator();
    for (ExtentLine line : file.lines()) {
      sizes.add(line.sectors() > 0 ? next.next().grainSize() : OptionalInt.empty());
    }
    return sizes;
  }

  /** What the last grains of this very file say of one that was cut off, or whose tables are. */
  private Optional<String> damage() {
    for (ExtentSource source : sources) {
      try {
        if (source.isSelf() && source.map() instanceof SparseExtentMap sparse) {
          sparse.requireLastGrains();
        }
      } catch (IOException e) {
        return Optional.of(e.getMessage());
      }
    }
    return Optional.empty();
  }

  @Override
  public List<Danger> dangers() throws IOException {
    List<Danger> dangers = new ArrayList<>(DiskImage.super.dangers());
    new Scruples(storage, file).addTo(dangers);
    return dangers;
  }

  @Override
  public BlockMap map() {
    return map;
  }

  @Override
  public Optional<ParentReference> parent() throws IOException {
    if (file.descriptor().isEmpty()
        || file.descriptor().get().parentCid() == Descriptor.CID_NOPARENT) {
      return Optional.empty();
    }
    String hint =
        file.descriptor()
            .get()
            .parentFileNameHint()
            .orElseThrow(() ->
                Faults.corrupt(
                    storage.name(),
                    "the disk has a parent, and the descriptor does not say which"));
    return Optional.of(new ParentReference(ForeignNames.toPath(hint), Optional.of("vmdk")));
  }

  /** The identity by which children know this image. */
  public int cid() {
    return file.descriptor().map(Descriptor::cid).orElse(0);
  }

  @Override
  public void checkParent(DiskImage parent) throws IOException {
    if (!(parent instanceof VmdkImage below)) {
      throw Faults.corrupt(storage.name(), "the parent is not a vmdk image");
    }
    int expected = file.descriptor().map(Descriptor::parentCid).orElse(Descriptor.CID_NOPARENT);
    if (below.cid() != expected) {
      throw Fault.in("vmdk", storage.name())
          .actual("%08x".formatted(below.cid()))
          .expected("%08x: it was changed or replaced".formatted(expected))
          .corrupt("the parent '" + below.storage.name() + "' has content ID");
    }
  }

  @Override
  public boolean isTiedToContentOfParent() {
    return file.descriptor().map(Descriptor::parentCid).orElse(Descriptor.CID_NOPARENT)
        != Descriptor.CID_NOPARENT;
  }

  @Override
  public Optional<CheckReport> check() throws IOException {
    Findings findings = new Findings();
    for (ExtentSource source : sources) {
      if (source.map() instanceof SparseExtentMap sparse) {
        sparse.check(findings);
      }
    }
    return Optional.of(findings.report());
  }

  @Override
  public void close() throws IOException {
    IOException failed = null;
    for (ExtentSource source : sources) {
      try {
        source.close();
      } catch (IOException e) {
        failed = e;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
