package dev.platter.server.swift;

import java.io.IOException;
import java.net.URI;
import java.util.Optional;

/** How requests get at an account. For any thread. */
interface SwiftAccount {
  /**
   * A pass for requests.
   *
   * @param url of the account, without a slash at the end
   * @param token what requests show
   */
  record Pass(URI url, String token) {
    @Override
    public String toString() {
      return "Pass[" + url + "]";
    }
  }

  /**
   * Logs in where that is needed.
   *
   * @param refused a pass that the cluster does not take any more; empty: none is known
   */
  Pass pass(Optional<Pass> refused) throws IOException;
}
