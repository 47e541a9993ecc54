package dev.platter.server.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.server.migrate.Ledger.Step;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a later run does, in all of the cases that there are. */
class LedgerTest {
  /** The plain rules: ours wins where somebody changed it here; else theirs. */
  private static Step plain(String wanted, String recorded, String own) {
    boolean isHere = own != null;
    boolean cameFromThere = recorded != null;
    boolean changedHere = cameFromThere && !recorded.equals(own);
    boolean changedThere = cameFromThere && !recorded.equals(wanted);
    if (!isHere) {
      return cameFromThere ? Step.DELETED_HERE : Step.ADD;
    }
    if (wanted.equals(own)) {
      return Step.SAME;
    }
    if (!cameFromThere) {
      return Step.FOREIGN;
    }
    if (changedHere) {
      return changedThere ? Step.CHANGED_BOTH : Step.CHANGED_HERE;
    }
    return Step.UPDATE;
  }

  @Test
  void everyCaseIsDecidedAsTheRulesSay() {
    List<String> digests = List.of("1", "2", "3");
    List<String> orNone = Arrays.asList("1", "2", "3", null);
    for (String wanted : digests) {
      for (String recorded : orNone) {
        for (String own : orNone) {
          assertEquals(
              plain(wanted, recorded, own),
              Ledger.decide(wanted, recorded, own),
              wanted + " " + recorded + " " + own);
        }
      }
    }
  }
}
