package dev.platter.server;

import dev.platter.service.ImportException;
import dev.platter.service.ImportListener;
import dev.platter.service.ImportResult;
import dev.platter.service.StoredCopy;
import dev.platter.service.inspect.Inspection;
import java.io.IOException;
import java.util.Map;

/** Tells all to another one. */
class WrappedListener implements ImportListener {
  private final ImportListener record;

  WrappedListener(ImportListener record) {
    this.record = record;
  }

  @Override
  public void phase(Phase phase) throws IOException {
    record.phase(phase);
  }

  @Override
  public void progress(Phase phase, long done, long total) {
    record.progress(phase, done, total);
  }

  @Override
  public void inspected(Inspection inspection) throws IOException {
    record.inspected(inspection);
  }

  @Override
  public void formatChanged(String diskFormat, String containerFormat) throws IOException {
    record.formatChanged(diskFormat, containerFormat);
  }

  @Override
  public void propertiesLearnt(Map<String, String> properties) throws IOException {
    record.propertiesLearnt(properties);
  }

  @Override
  public void stored(StoredCopy copy) throws IOException {
    record.stored(copy);
  }

  @Override
  public void storeFailed(String storeId, IOException reason) throws IOException {
    record.storeFailed(storeId, reason);
  }

  @Override
  public void completed(ImportResult result) throws IOException {
    record.completed(result);
  }

  @Override
  public void withdraw(StoredCopy copy, Removal removal) throws IOException {
    record.withdraw(copy, removal);
  }

  @Override
  public boolean beginsAgain(ImportException failure) {
    return record.beginsAgain(failure);
  }
}
