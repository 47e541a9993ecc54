package dev.platter.storage;

/** What a program that moves disks does first of all. */
public final class ProgramStart {
  private ProgramStart() {}

  /**
   * Gets the native calls ready on a thread of their own, so that the first file opens sooner (it
   * takes some 20 ms, which a second core has to spare), and gives SIGQUIT back its default action,
   * which ends the process: the VM answers it with a list of its threads, in the middle of whatever
   * else is written. Not for libraries; without effect where there are no native calls.
   */
  public static void prepare() {
    if (!Posix.available()) {
      return;
    }
    Thread thread =
        new Thread("platter-native-calls") { // no lambda: it would cost more than it is worth
          @Override
          public void run() {
            Posix.restoreDefaultAction(Posix.SIGQUIT);
          }
        };
    thread.setDaemon(true);
    thread.start();
  }
}
