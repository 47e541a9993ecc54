package dev.platter.server;

import dev.platter.server.cache.ImageCache;
import dev.platter.server.db.Session;
import dev.platter.server.image.Image;
import dev.platter.server.image.Location;
import dev.platter.server.image.Removal;
import dev.platter.server.imports.ImportWorker;
import dev.platter.server.store.Reaper;
import dev.platter.service.Staging;
import java.io.IOException;
import java.sql.SQLException;

/** Removes all data of a deleted image: in stores, in the staging area, in the cache. */
final class DataRemoval implements Removal.DataRemover {
  private static final System.Logger LOG = System.getLogger(DataRemoval.class.getName());

  private final ImportWorker imports;
  private final Staging staging;
  private final ImageCache cache;
  private final Reaper reaper;

  DataRemoval(ImportWorker imports, Staging staging, ImageCache cache, Reaper reaper) {
    this.imports = imports;
    this.staging = staging;
    this.cache = cache;
    this.reaper = reaper;
  }

  @Override
  public void plan(Session session, Image image) throws SQLException {
    for (Location location : image.locations()) {
      Reaper.doom(session, location);
    }
  }

  @Override
  public void remove(Image image) {
    imports.cancel(image.id());
    try {
      staging.remove(image.id());
      cache.remove(image.id());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "data of image " + image.id() + " stay", e);
    }
    reaper.run();
  }
}
