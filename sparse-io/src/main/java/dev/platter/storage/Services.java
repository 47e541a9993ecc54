package dev.platter.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** Finds what modules, and jars on the class path, offer. */
public final class Services {
  private Services() {}

  /**
   * All that is offered, in no order. The program has no class path: there none is looked through,
   * for which Java would open the image of its modules once more, at each start.
   *
   * @param service what this module says that it uses
   */
  public static <S> List<S> offered(Class<S> service) {
    Module here = Services.class.getModule();
    boolean modulesAlone = here.isNamed() && System.getProperty("java.class.path", "").isEmpty();
    ServiceLoader<S> loader =
        modulesAlone ? ServiceLoader.load(here.getLayer(), service) : ServiceLoader.load(service);
    List<S> offered = new ArrayList<>();
    for (S each : loader) {
      offered.add(each);
    }
    return offered;
  }
}
