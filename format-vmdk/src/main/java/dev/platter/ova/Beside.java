package dev.platter.ova;

import dev.platter.image.Reference;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;

/** The files that lie beside an .ovf, as far as the policy lets them be opened. */
record Beside(String from, OpenRequest.OutsideFiles outside) implements Members {
  private static final int ENOENT = 2;

  @Override
  public List<String> names() {
    return List.of();
  }

  @Override
  public Optional<Storage> find(String name) throws IOException {
    try {
      return Optional.of(outside.open(new Reference(Reference.Kind.EXTENT, name, from)));
    } catch (ReferenceDeniedException e) {
      throw e;
    } catch (IOException e) {
      if (isMissing(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static boolean isMissing(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof NoSuchFileException
          || (cause instanceof SystemException system && system.errno() == ENOENT)) {
        return true;
      }
    }
    return false;
  }
}
