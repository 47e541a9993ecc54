package dev.platter.storage;

/** What a program that moves disks does first of all. */
public final class ProgramStart {
  private ProgramStart() {}

  /**
   * Gets the native calls ready on a thread of their own, so that the first file opens sooner (it
   * takes some 20 ms, which a second core has to spare), and gives SIGQUIT back the action that it
   * had before the VM took it: the default one, which ends the process, or none where the system
   * property {@code platter.quit} is {@code ignored}. The VM answers it with a list of its threads,
   * in the middle of whatever else is written. Not for libraries; without effect where there are no
   * native calls.
   */
  public static void prepare() {
    if (!Posix.available()) {
      return;
    }
    Thread thread =
        new Thread("platter-native-calls") { // no lambda: it would cost more than it is worth
          @Override
          public void run() {
            boolean ignored = "ignored".equals(System.getProperty("platter.quit"));
            Posix.setAction(Posix.SIGQUIT, ignored ? Posix.SIG_IGN : Posix.SIG_DFL);
          }
        };
    thread.setDaemon(true);
    thread.start();
  }
}
