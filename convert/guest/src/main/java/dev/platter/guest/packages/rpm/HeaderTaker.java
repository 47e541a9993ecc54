package dev.platter.guest.packages.rpm;

import dev.platter.guest.files.Source;
import java.io.IOException;

/** Takes the headers of packages as they are found in a database. */
interface HeaderTaker {
  /** The next header, as {@link RpmHeader#parse} wants it. */
  void take(Source header) throws IOException;
}
