package dev.platter.server.vmware;

import dev.platter.server.client.HttpRequests;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests to vCenter or ESXi in the name of the store's user: methods of its web service, and
 * whatever else needs the cookie of the session. Logs in when that is needed, and again where the
 * session has ended; asks again where the network fails, or the server for a moment. For any
 * thread.
 */
final class VmwareSession {
  /** What a server answers that may do better in a moment. */
  private static final Set<Integer> PASSING = Set.of(408, 429, 502, 503, 504);

  /** Methods that this version has are all that is called. */
  private static final String VERSION = "urn:vim25/6.0";

  private static final Pattern COOKIE =
      Pattern.compile(
          "vmware_soap_session=(\"[\\x21\\x23-\\x7e]*\"|[\\x21\\x23-\\x3a\\x3c-\\x7e]*)");

  /** Many failed log-ins lock an account. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  private final String store;
  private final VmwareSettings settings;
  private final HttpRequests http;
  private final ReentrantLock lock = new ReentrantLock();
  private Login login;
  private StoreException refusal;
  private long refusedAt;

  /** A thing that vSphere manages. */
  record Reference(String type, String id) {
    static Reference of(SoapElement element) throws IOException {
      if (element.type().isEmpty() || element.text().isEmpty()) {
        throw new IOException("what answers has a " + element.name() + " that refers to nothing");
      }
      return new Reference(element.type(), element.text());
    }

    /** As an element of a request. */
    String as(String name) {
      return "<%s type=\"%s\">%s</%s>"
          .formatted(name, attribute(type), SoapElement.escaped(id), name);
    }

    private static String attribute(String text) {
      return SoapElement.escaped(text).replace("\"", "&quot;");
    }
  }

  /** A session, and what answers the calls in it. */
  record Login(String cookie, Reference properties, Reference inventory, Reference files) {
    @Override
    public String toString() {
      return "Login"; // without what opens it
    }
  }

  /** The session is none any more. */
  static final class Ended extends IOException {
    private static final long serialVersionUID = 1L;

    Ended() {
      super("vSphere ends the session at once");
    }
  }

  /** Requests in a session, which may be made again from the beginning. */
  @FunctionalInterface
  interface Exchange<T> {
    /**
     * @throws Ended if the session is none any more
     */
    T run(Login login) throws IOException;
  }

  /**
   * @param store the store's identifier, for messages
   */
  VmwareSession(String store, VmwareSettings settings) {
    this.store = store;
    this.settings = settings;
    http = new HttpRequests(settings.network().tls(), settings.network().timeout());
  }

  HttpRequests http() {
    return http;
  }

  URI uri(String path) {
    return URI.create("https://" + settings.host() + path);
  }

  /**
   * Makes requests in a session.
   *
   * @throws SoapFault if vSphere says that it does not do it
   * @throws StoreException if it cannot be asked
   */
  <T> T repeated(Exchange<T> exchange) throws SoapFault, StoreException {
    Login ended = null;
    for (int attempt = 1; ; attempt++) {
      Login used = null;
      try {
        used = login(ended);
        return exchange.run(used);
      } catch (SoapFault | StoreException e) {
        throw e;
      } catch (Ended e) {
        if (used == null || ended != null) {
          throw unavailable(e);
        }
        ended = used;
        continue;
      } catch (IOException e) {
        if (attempt >= settings.network().attempts()) {
          throw unavailable(e);
        }
      }
      pause(attempt);
    }
  }

  /** Waits before the next of several attempts, the longer the more there were. */
  void pause(int attempt) throws StoreException {
    pauseMillis(Math.min(http.patience().toMillis() * attempt, LONGEST_PAUSE_MILLIS));
  }

  void pauseMillis(long millis) throws StoreException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.UNAVAILABLE, store, "interrupted", e);
    }
  }

  /** What is said of a server that cannot be asked, or does not do what it was asked to. */
  StoreException unavailable(IOException e) {
    if (e instanceof StoreException known) {
      return known;
    }
    boolean full = e instanceof SoapFault fault && fault.is("NoDiskSpace");
    return new StoreException(
        full ? Kind.FULL : Kind.UNAVAILABLE, store, String.valueOf(e.getMessage()), e);
  }

  /**
   * Calls a method.
   *
   * @param target what has the method
   * @param parameters elements, in the order of vSphere's reference
   * @return what it returns; an element without content where that is nothing
   */
  SoapElement call(String method, Function<Login, Reference> target, String parameters)
      throws SoapFault, StoreException {
    return repeated(
        login -> soap(login.cookie(), method, target.apply(login), parameters).returned(method));
  }

  /** A request about a file of a datastore that has no body; any answer but that it is busy. */
  Answer ask(String method, String path) throws StoreException {
    return folder(login -> http.ask(method, uri(path), cookie(login)));
  }

  /** The same, as it is made. */
  Answer folder(Exchange<Answer> exchange) throws StoreException {
    try {
      return repeated(login -> {
        Answer answer = exchange.run(login);
        if (answer.status() == 401) {
          throw new Ended();
        }
        throwIfPassing(answer);
        return answer;
      });
    } catch (SoapFault e) {
      throw unavailable(e);
    }
  }

  static Map<String, String> cookie(Login login) {
    return Map.of("Cookie", login.cookie());
  }

  /**
   * @param ended a session that is none any more; null where none is known
   */
  private Login login(Login ended) throws IOException {
    lock.lock();
    try {
      if (login == null || login == ended) {
        login = null;
        if (refusal != null && System.nanoTime() - refusedAt < PAUSE_NANOS) {
          throw refusal;
        }
        refusal = null;
        login = logIn();
      }
      return login;
    } finally {
      lock.unlock();
    }
  }

  private Login logIn() throws IOException {
    Reply first =
        soap("", "RetrieveServiceContent", new Reference("ServiceInstance", "ServiceInstance"), "");
    SoapElement content = first.returned("RetrieveServiceContent");
    Reply second;
    try {
      second =
          soap(
              first.cookie(),
              "Login",
              reference(content, "sessionManager"),
              "<userName>%s</userName><password>%s</password>"
                  .formatted(
                      SoapElement.escaped(settings.user()),
                      SoapElement.escaped(settings.password())));
    } catch (SoapFault e) {
      refusal =
          new StoreException(
              Kind.UNAVAILABLE, store, "the store's user is not let in: " + e.getMessage(), e);
      refusedAt = System.nanoTime();
      throw refusal;
    }
    String cookie = second.cookie().isEmpty() ? first.cookie() : second.cookie();
    if (cookie.isEmpty()) {
      throw new IOException("the log-in gives no cookie of a session");
    }
    return new Login(
        cookie,
        reference(content, "propertyCollector"),
        reference(content, "searchIndex"),
        reference(content, "fileManager"));
  }

  private static Reference reference(SoapElement content, String name) throws IOException {
    return Reference.of(
        content
            .child(name)
            .orElseThrow(() -> new IOException("what answers has no " + name + " as vSphere has")));
  }

  /**
   * An answer of the web service.
   *
   * @param cookie that it sets, as requests have it; may be empty
   */
  private record Reply(SoapElement body, String cookie) {
    SoapElement returned(String method) throws IOException {
      SoapElement response =
          body.child(method + "Response")
              .orElseThrow(
                  () -> new IOException("what answers does not know the method " + method));
      return response.child("returnval").orElse(response);
    }
  }

  private Reply soap(String cookie, String method, Reference target, String parameters)
      throws IOException {
    String document =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"\
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>\
        <%s xmlns="urn:vim25">%s%s</%s></soapenv:Body></soapenv:Envelope>
        """
            .formatted(method, target.as("_this"), parameters, method);
    Map<String, String> headers = new HashMap<>();
    headers.put("Content-Type", "text/xml; charset=utf-8");
    headers.put("SOAPAction", "\"" + VERSION + "\"");
    if (!cookie.isEmpty()) {
      headers.put("Cookie", cookie);
    }
    Answer answer =
        http.send("POST", uri("/sdk"), headers, document.getBytes(StandardCharsets.UTF_8));
    if (answer.status() == 401) {
      throw new Ended();
    }
    throwIfPassing(answer);
    if (answer.status() != 200 && answer.status() != 500) { // 500 is that of faults
      throw new IOException("vSphere answers with status " + answer.status());
    }
    SoapElement body =
        SoapElement.parse(answer.body())
            .child("Body")
            .orElseThrow(() -> new IOException("what answers does not speak SOAP"));
    if (body.child("Fault").isPresent()) {
      throw fault(body.child("Fault").get());
    }
    return new Reply(body, cookieOf(answer));
  }

  private static IOException fault(SoapElement fault) {
    SoapElement detail =
        fault.child("detail").flatMap(each -> each.children().stream().findFirst()).orElse(fault);
    SoapFault found = SoapFault.of(detail, fault.textOf("faultstring"));
    return found.is("NotAuthenticated") ? new Ended() : found;
  }

  private static void throwIfPassing(Answer answer) throws IOException {
    if (PASSING.contains(answer.status())) {
      throw new IOException("vSphere answers with status " + answer.status());
    }
  }

  private static String cookieOf(Answer answer) {
    String cookie = "";
    for (Map.Entry<String, List<String>> header : answer.headers().entrySet()) {
      if ("Set-Cookie".equalsIgnoreCase(header.getKey())) {
        for (String value : header.getValue()) {
          Matcher matcher = COOKIE.matcher(value);
          cookie = matcher.lookingAt() ? matcher.group() : cookie;
        }
      }
    }
    return cookie;
  }
}
