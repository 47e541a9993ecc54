package dev.platter.cli.files;

import dev.platter.cli.line.Failure;
import dev.platter.cli.line.Invocation;
import java.util.List;

/** What stands on a command line besides options. */
final class Operands {
  private Operands() {}

  /**
   * The operands, between {@code fewest} and {@code most} of them.
   *
   * @param expected what they are, for the message
   */
  static List<String> of(Invocation call, int fewest, int most, String expected) throws Failure {
    List<String> operands = call.arguments().operands();
    if (operands.size() < fewest || operands.size() > most) {
      throw Failure.usage("Expecting " + expected);
    }
    return operands;
  }
}
