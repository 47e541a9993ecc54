package dev.platter.server.identity;

import java.util.List;
import java.util.Optional;

/** The headers of a request. */
@FunctionalInterface
public interface Headers {
  /** All values of a header of exactly this name, but for the case of letters. */
  List<String> values(String name);

  /**
   * The value of a header that proves something, and so must not be there twice: whoever adds a
   * second one wants us to read another one than somebody else did.
   */
  default Optional<String> single(String name) throws IdentityException {
    List<String> values = values(name);
    if (values.size() > 1) {
      throw IdentityException.refused();
    }
    return values.stream().map(String::strip).filter(value -> !value.isEmpty()).findFirst();
  }
}
