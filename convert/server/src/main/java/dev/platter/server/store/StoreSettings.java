package dev.platter.server.store;

import dev.platter.server.cinder.CinderSettings;
import dev.platter.server.cinder.CinderStore;
import dev.platter.server.config.Problems;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.config.StoreList;
import dev.platter.server.rbd.RbdStore;
import dev.platter.server.s3.S3Settings;
import dev.platter.server.s3.S3Store;
import dev.platter.server.swift.ImageOwners;
import dev.platter.server.swift.SwiftSettings;
import dev.platter.server.swift.SwiftStore;
import dev.platter.server.vmware.VmwareSettings;
import dev.platter.server.vmware.VmwareStore;
import dev.platter.service.download.HttpGate;
import dev.platter.service.download.HttpStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the settings say of the stores, read and checked; none of them is opened by it.
 *
 * @param list which there are
 * @param all how each is opened, in the same order
 */
public record StoreSettings(StoreList list, List<One> all) {
  /** Opens a store as its settings say. */
  @FunctionalInterface
  public interface Opener {
    /**
     * @param gate lets requests to web servers through
     * @param owners whose images are
     */
    Stores.Entry open(HttpGate gate, ImageOwners owners) throws IOException;
  }

  /** One store. */
  public record One(StoreConfig config, Opener opener) {}

  /** Reads the settings of every store, and notes what is wrong with them. */
  public static StoreSettings read(StoreList list, Problems problems) {
    List<One> all = new ArrayList<>();
    for (StoreConfig store : list.all()) {
      One one = problems.read(() -> one(store, list.defaultStore()));
      if (one != null) {
        all.add(one);
      }
    }
    return new StoreSettings(list, all);
  }

  private static One one(StoreConfig config, String usual) {
    config.weight();
    if (config.type().equals("http") && config.id().equals(usual)) {
      throw config
          .ini()
          .wrong("glance_store", "default_backend", usual + " is no store that can be written to");
    }
    return new One(config, opener(config));
  }

  private static Opener opener(StoreConfig config) {
    return switch (config.type()) {
      case "file" -> {
        FileSettings settings = FileSettings.read(config);
        yield (_, _) -> settings.open();
      }
      case "s3" -> {
        S3Settings settings = S3Settings.read(config);
        yield (_, _) -> {
          S3Store store = S3Store.open(settings);
          return new Stores.Entry(store, config, store::locationOf);
        };
      }
      case "rbd" -> {
        RbdStore store = RbdStore.create(config); // connects when it is used
        yield (_, _) -> new Stores.Entry(store, config, store::locationOf);
      }
      case "swift" -> {
        SwiftSettings settings = SwiftSettings.read(config);
        yield (_, owners) -> {
          SwiftStore store = SwiftStore.create(settings, owners); // asked when it is used
          return new Stores.Entry(store, config, store::locationOf);
        };
      }
      case "http" ->
          (gate, _) ->
              new Stores.Entry(
                  new HttpStore(config.id(), config.description(), gate),
                  config,
                  id -> "http:" + id);
      case "vmware" -> {
        VmwareSettings settings = VmwareSettings.read(config);
        yield (_, _) -> {
          VmwareStore store = VmwareStore.create(settings); // asked when it is used
          return new Stores.Entry(store, config, store::locationOf);
        };
      }
      case "cinder" -> {
        CinderSettings settings = CinderSettings.read(config);
        yield (_, _) -> {
          CinderStore store = CinderStore.create(settings); // asked when it is used
          return new Stores.Entry(store, config, store::locationOf);
        };
      }
      default ->
          throw config
              .ini()
              .wrong(
                  "DEFAULT",
                  "enabled_backends",
                  "%s is of the unknown type %s".formatted(config.id(), config.type()));
    };
  }
}
