package dev.platter.service;

import dev.platter.service.inspect.Inspection;
import java.io.IOException;
import java.util.Map;

/**
 * Told how an import goes, to keep the image's record. Called by the threads that do the work, one
 * call at a time; an exception ends the import.
 */
public interface ImportListener {
  /** Says nothing. */
  ImportListener NONE = new ImportListener() {};

  /** What an import is doing. */
  enum Phase {
    /** Waits for its turn. */
    WAITING,
    /** Fetches the bytes into the staging area. */
    FETCHING,
    /** Judges what they are. */
    INSPECTING,
    /** Runs the plugins. */
    PLUGINS,
    /** Brings the image into a store, converting it on the way where that is asked. */
    STORING,
    /** Removes what is not needed any more. */
    CLEANING
  }

  /** A phase begins. */
  default void phase(Phase phase) throws IOException {}

  /**
   * Bytes of the present phase are done: fetched, or guest bytes brought into the present store.
   *
   * @param total bytes in all; 0: unknown
   */
  default void progress(Phase phase, long done, long total) {}

  /** What the image is; told before the verdict is acted upon. */
  default void inspected(Inspection inspection) throws IOException {}

  /** The image will be stored in another format than it came in. */
  default void formatChanged(String diskFormat, String containerFormat) throws IOException {}

  /** Properties that a plugin set, and their values. */
  default void propertiesLearnt(Map<String, String> properties) throws IOException {}

  /** A store has the image. If one store is enough, the image may be used from now on. */
  default void stored(StoredCopy copy) throws IOException {}

  /** A store failed. Other stores are tried if one is enough. */
  default void storeFailed(String storeId, IOException reason) throws IOException {}

  /**
   * All that was to be done is done; only what was staged is still to be removed. An exception
   * takes all copies back.
   */
  default void completed(ImportResult result) throws IOException {}

  /** Deletes what a store has. */
  interface Removal {
    void run() throws IOException;
  }

  /**
   * A copy is to be taken back, because the import has failed after all.
   *
   * @param removal takes it out of its store; left to whoever keeps the record, who may know that
   *     what lies there is not of this import any more
   */
  default void withdraw(StoredCopy copy, Removal removal) throws IOException {
    removal.run();
  }

  /** Whether an import that has failed will begin again: what was staged is kept for that. */
  default boolean beginsAgain(ImportException failure) {
    return false;
  }
}
