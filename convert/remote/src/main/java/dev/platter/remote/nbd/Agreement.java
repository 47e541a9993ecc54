package dev.platter.remote.nbd;

import java.util.List;

/**
 * What client and server have agreed on before the first request.
 *
 * @param export the disk
 * @param structuredReplies whether replies come in chunks
 * @param contexts what a block status tells, in the order of their numbers from 1 on
 */
record Agreement(NbdExport export, boolean structuredReplies, List<StatusContext> contexts) {
  Agreement {
    contexts = List.copyOf(contexts);
  }
}
