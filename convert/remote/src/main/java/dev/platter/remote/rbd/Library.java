package dev.platter.remote.rbd;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;

/**
 * Ceph's client libraries, and all native calls of this package but one callback ({@link
 * Differences}).
 *
 * <p>Every native signature costs milliseconds when it is bound, so there is one, as wide as the
 * widest call: eight integers or addresses, each in a register or on the stack as eight bytes. What
 * a function does not take it does not look at. That holds for the calling conventions of x86-64
 * and aarch64 on Linux.
 *
 * <p>Addresses are passed as numbers: who calls keeps the memory behind them alive, until the
 * request is complete where it is an asynchronous one.
 */
final class Library {
  private static final String RADOS = "librados.so.2";
  private static final String RBD = "librbd.so.1";

  private final SymbolLookup symbols;
  private final MethodHandle call;

  /** Those of the calls that move data. */
  final Function createCompletion;

  final Function read;
  final Function write;
  final Function waitForComplete;
  final Function returnValue;
  final Function release;

  private static Library loaded;

  /** A function of either library. */
  final class Function {
    private final MemorySegment address;

    private Function(String name) {
      this.address = symbols.findOrThrow(name);
    }

    /** Calls it; what it answers, which of an {@code int} function is the lower half. */
    long call(long a, long b, long c, long d, long e) {
      return Library.this.call(address, a, b, c, d, e, 0, 0, 0);
    }
  }

  @SuppressWarnings("restricted")
  private Library(String radosName, String rbdName) {
    // The second needs the first; both stay until the process ends, as their threads might.
    SymbolLookup rados = SymbolLookup.libraryLookup(radosName, Arena.global());
    symbols = rados.or(SymbolLookup.libraryLookup(rbdName, Arena.global()));
    call =
        Linker.nativeLinker()
            .downcallHandle(
                FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                    JAVA_LONG, JAVA_LONG));
    createCompletion = new Function("rbd_aio_create_completion");
    read = new Function("rbd_aio_read");
    write = new Function("rbd_aio_write");
    waitForComplete = new Function("rbd_aio_wait_for_complete");
    returnValue = new Function("rbd_aio_get_return_value");
    release = new Function("rbd_aio_release");
  }

  /**
   * The libraries, loaded at the first call.
   *
   * @throws RbdException if they are not there, or native calls are forbidden
   */
  static synchronized Library load() throws RbdException {
    if (loaded == null) {
      loaded = load(RADOS, RBD);
    }
    return loaded;
  }

  static Library load(String rados, String rbd) throws RbdException {
    try {
      return new Library(rados, rbd);
    } catch (IllegalArgumentException | NoSuchElementException | LinkageError e) {
      throw new RbdException(
          "disks in a Ceph cluster need its client libraries "
              + rados
              + " and "
              + rbd
              + ", which are not here (packages librados2 and librbd1)",
          e);
    } catch (IllegalCallerException | UnsupportedOperationException e) {
      throw new RbdException(
          "disks in a Ceph cluster need native calls, which this Java does not allow", e);
    }
  }

  /** Whether the function is in this version of the libraries. */
  boolean has(String name) {
    return symbols.find(name).isPresent();
  }

  /** Calls a function that answers an {@code int}: 0 or more, or a negated error number. */
  int call(String name, long... arguments) {
    long[] all = new long[8];
    System.arraycopy(arguments, 0, all, 0, arguments.length);
    return (int)
        call(
            symbols.findOrThrow(name),
            all[0],
            all[1],
            all[2],
            all[3],
            all[4],
            all[5],
            all[6],
            all[7]);
  }

  private long call(
      MemorySegment function, long a, long b, long c, long d, long e, long f, long g, long h) {
    try {
      return (long) call.invokeExact(function, a, b, c, d, e, f, g, h);
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }
}
