package dev.platter.remote.rbd;

import dev.platter.storage.WritableStorage;
import dev.platter.testdata.CephCluster;
import dev.platter.testdata.StorageContract;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/** What every storage must do, of images in a cluster. */
@Tag("interop")
@Timeout(120)
class RbdStorageTest {
  private static RbdPool pool;
  private static int made;

  @BeforeAll
  static void connect() throws IOException {
    String file = CephCluster.shared().configuration().toString();
    pool = RbdPool.connect(new RbdName.ClusterName(file, ""), CephCluster.POOL, "");
  }

  @AfterAll
  static void disconnect() {
    if (pool != null) {
      pool.close();
    }
  }

  private static WritableStorage create(RbdLayout layout) throws IOException {
    String image = "contract-" + made++;
    pool.create(image, 0, layout);
    return pool.openNew(image, image);
  }

  /** With the cluster's usual features, an object map among them. */
  @Nested
  class Usual extends StorageContract {
    @Override
    protected WritableStorage create() throws IOException {
      return RbdStorageTest.create(RbdLayout.USUAL.withObjects(1 << 16));
    }

    @Override
    protected int histories() {
      return 6;
    }
  }

  /** Without an object map, in stripes, and with the data in a pool of their own. */
  @Nested
  class Striped extends StorageContract {
    @Override
    protected WritableStorage create() throws IOException {
      return RbdStorageTest.create(
          new RbdLayout(
              OptionalInt.of(17),
              List.of("layering", "striping", "data-pool"),
              CephCluster.DATA_POOL,
              Optional.of(new RbdLayout.Stripe(1 << 14, 3))));
    }

    /** Holes begin and end where all objects of a stripe do. */
    @Override
    protected boolean knowsHoles() {
      return false;
    }

    @Override
    protected int histories() {
      return 3;
    }
  }
}
