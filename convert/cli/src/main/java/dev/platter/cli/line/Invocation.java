package dev.platter.cli.line;

import dev.platter.image.Secrets;
import java.io.PrintStream;

/**
 * One call of one command.
 *
 * @param profile under which name the program was called
 * @param arguments the command's own arguments
 * @param out standard output, buffered
 * @param err standard error
 * @param objects what {@code --object} defines
 */
public record Invocation(
    Profile profile, Arguments arguments, PrintStream out, PrintStream err, Objects objects) {
  /**
   * A call whose objects are those of its arguments.
   *
   * @throws Failure if one of them makes no sense
   */
  public Invocation(Profile profile, Arguments arguments, PrintStream out, PrintStream err)
      throws Failure {
    this(profile, arguments, out, err, Objects.of(arguments));
  }

  /** What the program says where that depends on the format of an image. */
  public Answers answers() {
    return profile.answers();
  }

  /** The passphrases of encrypted images. */
  public Secrets passphrases() {
    return objects.passphrases(profile);
  }

  /** The same call with other arguments. */
  public Invocation with(Arguments others) {
    return new Invocation(profile, others, out, err, objects);
  }

  /** Whether an option is given. */
  public boolean has(Option option) {
    return arguments.has(option);
  }

  /** Tells the user something that is wrong and does not end the command. */
  public void complain(String message) {
    out.flush();
    err.println(profile.program() + ": " + message);
  }

  /** Whether the answer is to be JSON. */
  public boolean json() throws Failure {
    String form = arguments.last(Command.OUTPUT, "human");
    if (form.equals("json")) {
      return true;
    }
    if (form.equals("human")) {
      return false;
    }
    throw Failure.usage("--output expects 'human' or 'json', not '" + form + "'");
  }

  /** Refuses what this version does not do, by name. */
  public void refuse(Option... unsupported) throws Failure {
    for (Option option : unsupported) {
      if (has(option)) {
        throw new Failure("--" + option.name() + " is not supported");
      }
    }
  }

  /** The only operand. */
  public String operand() throws Failure {
    if (arguments.operands().size() != 1) {
      throw Failure.usage("Expecting one image file name");
    }
    return arguments.operands().getFirst();
  }
}
