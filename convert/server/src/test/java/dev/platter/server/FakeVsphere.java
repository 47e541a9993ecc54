package dev.platter.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.platter.server.FaultPlan.Fault;
import dev.platter.server.FaultPlan.Reply;
import dev.platter.server.tls.TestCertificates;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * What a store needs of vCenter, over TLS, and no more: a stub, which refuses whatever vCenter
 * would refuse, and leaves the beginning of a file where an upload breaks off.
 */
final class FakeVsphere implements AutoCloseable {
  static final String USER = "glance@vsphere.local";
  static final String PASSWORD = "a<b>&\"key\"";
  static final String DATACENTER = "Folder/DC 1";

  private static final Map<String, List<String>> PARAMETERS =
      Map.of(
          "RetrieveServiceContent",
          List.of("_this"),
          "Login",
          List.of("_this", "userName", "password"),
          "FindByInventoryPath",
          List.of("_this", "inventoryPath"),
          "RetrievePropertiesEx",
          List.of("_this", "specSet", "options"),
          "ContinueRetrievePropertiesEx",
          List.of("_this", "token"),
          "MakeDirectory",
          List.of("_this", "name", "datacenter", "createParentDirectories"),
          "MoveDatastoreFile_Task",
          List.of(
              "_this",
              "sourceName",
              "sourceDatacenter",
              "destinationName",
              "destinationDatacenter",
              "force"),
          "DeleteDatastoreFile_Task",
          List.of("_this", "name", "datacenter"),
          "SearchDatastore_Task",
          List.of("_this", "datastorePath", "searchSpec"));

  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Path authority;
  private final Set<String> sessions = ConcurrentHashMap.newKeySet();
  private final Map<String, Datastore> datastores = new TreeMap<>();
  private final Map<String, Task> tasks = new HashMap<>();
  private final FaultPlan plan = new FaultPlan();
  private int logins;

  /** A datastore: files by their paths, and how many bytes it still takes. */
  static final class Datastore {
    final Map<String, byte[]> files = new TreeMap<>();
    final Set<String> directories = new HashSet<>();

    /** Files that a host has open still, although whoever wrote them is gone. */
    final Set<String> locked = new HashSet<>();

    long free = 1L << 30;
    boolean accessible = true;
  }

  private static final class Task {
    String error = "";
    String result = "";
    int looks;
  }

  /** What is answered instead of what was asked for. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;
    private final String kind;

    Refusal(String kind) {
      super(kind, null, false, false);
      this.kind = kind;
    }
  }

  /**
   * @param directory empty, for its certificates
   * @param names of its datastores, all of the datacenter {@link #DATACENTER}
   */
  FakeVsphere(Path directory, String... names) throws IOException {
    for (String name : names) {
      datastores.put(name, new Datastore());
    }
    TestCertificates certificates = new TestCertificates(directory);
    certificates.issue("vcenter", "ec");
    authority = certificates.certificate("root");
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls(certificates)));
    server.setExecutor(threads);
    server.createContext("/sdk", exchange -> serve(exchange, this::method));
    server.createContext("/folder/", exchange -> serve(exchange, this::file));
    server.start();
  }

  private static SSLContext tls(TestCertificates certificates) throws IOException {
    try {
      String key =
          Files.readString(certificates.key("vcenter"))
              .replaceAll("-----[A-Z ]+-----", "")
              .replaceAll("\\s", "");
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "vcenter",
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(key))),
          new char[0],
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(Files.readAllBytes(certificates.certificate("vcenter"))))
              .toArray(new Certificate[0]));
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** The certificate of the authority that it is to be known by. */
  Path authority() {
    return authority;
  }

  synchronized Datastore datastore(String name) {
    return datastores.get(name);
  }

  /** How often somebody logged in. */
  synchronized int logins() {
    return logins;
  }

  /** What goes wrong, and when. */
  FaultPlan plan() {
    return plan;
  }

  /** Ends all sessions, as time does. */
  void endSessions() {
    sessions.clear();
  }

  private void serve(HttpExchange exchange, FaultPlan.Handler handler) throws IOException {
    plan.serve(
        exchange,
        (asked, fault) -> {
          if (fault == Fault.ENDED) {
            endSessions();
          }
          return handler.handle(asked, fault);
        });
  }

  private boolean isLoggedIn(HttpExchange exchange) {
    String cookie = String.valueOf(exchange.getRequestHeaders().getFirst("Cookie"));
    return sessions.contains(cookie);
  }

  // Files

  private Reply file(HttpExchange exchange, Fault now) throws IOException {
    if (!isLoggedIn(exchange)) {
      return Reply.of(401);
    }
    Map<String, String> query = new HashMap<>();
    for (String parameter : exchange.getRequestURI().getRawQuery().split("&")) {
      String[] parts = parameter.split("=", 2);
      query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    String path = exchange.getRequestURI().getPath().substring("/folder/".length());
    Datastore datastore = datastore(query.getOrDefault("dsName", ""));
    if (datastore == null || !DATACENTER.equals(query.get("dcPath"))) {
      return Reply.of(404);
    }
    if (exchange.getRequestMethod().equals("PUT")) {
      return put(exchange, datastore, path, now == Fault.TORN);
    }
    byte[] bytes;
    synchronized (this) {
      bytes = datastore.files.get(path);
    }
    if (bytes == null) {
      return Reply.of(404);
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      return new Reply(200, Map.of("Content-Length", "" + bytes.length), new byte[0]);
    }
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range == null) {
      return new Reply(200, Map.of(), bytes);
    }
    String[] ends = range.substring("bytes=".length()).split("-");
    int from = Integer.parseInt(ends[0]);
    int to = Math.min(bytes.length, Integer.parseInt(ends[1]) + 1);
    if (from >= bytes.length) {
      return Reply.of(416);
    }
    return new Reply(
        206,
        Map.of("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length),
        Arrays.copyOfRange(bytes, from, to));
  }

  private Reply put(HttpExchange exchange, Datastore datastore, String path, boolean torn)
      throws IOException {
    synchronized (this) {
      if (!datastore.directories.contains(path.substring(0, path.lastIndexOf('/')))) {
        return Reply.of(404);
      }
      if (datastore.files.put(path, new byte[0]) != null) {
        throw new IOException("an upload would replace " + path);
      }
    }
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    byte[] piece = new byte[8192];
    boolean whole = false;
    try (InputStream body = exchange.getRequestBody()) {
      int count = body.read(piece);
      while (count >= 0 && content.size() + count <= datastore.free) {
        content.write(piece, 0, count);
        if (torn) {
          break;
        }
        count = body.read(piece);
      }
      whole = count < 0;
    } catch (IOException e) {
      // What came is kept.
    }
    synchronized (this) {
      datastore.free -= content.size();
      if (datastore.free < piece.length) {
        datastore.free = 0;
      }
      datastore.files.put(path, content.toByteArray());
      if (!whole) {
        datastore.locked.add(path);
      }
    }
    return whole ? Reply.of(201) : null;
  }

  // Methods

  private Reply method(HttpExchange exchange, Fault now) throws IOException {
    byte[] document = exchange.getRequestBody().readAllBytes();
    if (now == Fault.TORN) {
      return null;
    }
    String action = String.valueOf(exchange.getRequestHeaders().getFirst("SOAPAction"));
    String type = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"));
    if (!action.startsWith("\"urn:vim25/") || !type.startsWith("text/xml")) {
      return Reply.of(415);
    }
    try {
      Element body = (Element) parse(document).getFirstChild();
      Element call = (Element) body.getFirstChild();
      String name = call.getLocalName();
      List<String> given = children(call).stream().map(Node::getLocalName).toList();
      if (!"urn:vim25".equals(call.getNamespaceURI()) || !given.equals(PARAMETERS.get(name))) {
        throw new Refusal("InvalidRequest");
      }
      String cookie = "";
      String returned;
      if (name.equals("Login")) {
        cookie = logIn(call);
        returned = "<returnval><key>k</key></returnval>";
      } else if (name.equals("RetrieveServiceContent")) {
        returned =
            "<returnval>"
                + reference("rootFolder", "Folder", "group-d1")
                + reference("propertyCollector", "PropertyCollector", "pc")
                + "<about><apiType>VirtualCenter</apiType></about>"
                + reference("sessionManager", "SessionManager", "sm")
                + reference("fileManager", "FileManager", "fm")
                + reference("searchIndex", "SearchIndex", "si")
                + "</returnval>";
      } else if (isLoggedIn(exchange)) {
        synchronized (this) {
          returned = call(name, call);
        }
      } else {
        throw new Refusal("NotAuthenticated");
      }
      String answer =
          "<" + name + "Response xmlns=\"urn:vim25\">" + returned + "</" + name + "Response>";
      return new Reply(
          200,
          cookie.isEmpty() ? Map.of() : Map.of("Set-Cookie", cookie + "; Path=/; HttpOnly; Secure"),
          envelope(answer));
    } catch (Refusal e) {
      return new Reply(
          500,
          Map.of(),
          envelope(
              "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>no: %1$s</faultstring><detail><%1$sFault xmlns=\"urn:vim25\" xsi:type=\"%1$s\"/></detail></soapenv:Fault>"
                  .formatted(e.kind)));
    }
  }

  private static byte[] envelope(String body) {
    return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope"
            + " xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
            + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<soapenv:Body>\n"
            + body
            + "\n</soapenv:Body></soapenv:Envelope>")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Element parse(byte[] document) throws IOException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
      return factory
          .newDocumentBuilder()
          .parse(new ByteArrayInputStream(document))
          .getDocumentElement();
    } catch (javax.xml.parsers.ParserConfigurationException | org.xml.sax.SAXException e) {
      throw new IOException(e);
    }
  }

  private static List<Element> children(Element element) {
    List<Element> children = new ArrayList<>();
    for (Node at = element.getFirstChild(); at != null; at = at.getNextSibling()) {
      if (at instanceof Element child) {
        children.add(child);
      }
    }
    return children;
  }

  private static Element child(Element element, String... path) throws Refusal {
    Element at = element;
    for (String name : path) {
      at =
          children(at).stream()
              .filter(each -> each.getLocalName().equals(name))
              .findFirst()
              .orElseThrow(() -> new Refusal("InvalidRequest"));
    }
    return at;
  }

  private static String text(Element element, String... path) throws Refusal {
    return child(element, path).getTextContent();
  }

  /** What an element refers to, as {@code TYPE:IDENTIFIER}. */
  private static String referred(Element element, String... path) throws Refusal {
    Element reference = child(element, path);
    return reference.getAttribute("type") + ":" + reference.getTextContent();
  }

  private static void require(boolean right, String kind) throws Refusal {
    if (!right) {
      throw new Refusal(kind);
    }
  }

  private static String reference(String name, String type, String id) {
    return "<%1$s type=\"%2$s\">%3$s</%1$s>".formatted(name, type, id);
  }

  private synchronized String logIn(Element call) throws Refusal {
    logins++;
    require(referred(call, "_this").equals("SessionManager:sm"), "ManagedObjectNotFound");
    require(
        text(call, "userName").equals(USER) && text(call, "password").equals(PASSWORD),
        "InvalidLogin");
    String cookie = "vmware_soap_session=\"" + Integer.toHexString(logins * 7919) + "\"";
    sessions.add(cookie);
    return cookie;
  }

  private String call(String name, Element call) throws Refusal {
    String target = referred(call, "_this");
    return switch (name) {
      case "FindByInventoryPath" -> {
        require(target.equals("SearchIndex:si"), "ManagedObjectNotFound");
        yield text(call, "inventoryPath").equals(DATACENTER)
            ? reference("returnval", "Datacenter", "dc-1")
            : "";
      }
      case "RetrievePropertiesEx" -> {
        require(target.equals("PropertyCollector:pc"), "ManagedObjectNotFound");
        yield "<returnval>" + properties(child(call, "specSet")) + "</returnval>";
      }
      case "ContinueRetrievePropertiesEx" ->
          "<returnval>" + datastores(text(call, "token")) + "</returnval>";
      case "MakeDirectory" -> {
        require(target.equals("FileManager:fm"), "ManagedObjectNotFound");
        yield makeDirectory(call);
      }
      case "MoveDatastoreFile_Task" -> {
        require(target.equals("FileManager:fm"), "ManagedObjectNotFound");
        yield begun(() -> move(call));
      }
      case "DeleteDatastoreFile_Task" -> {
        require(target.equals("FileManager:fm"), "ManagedObjectNotFound");
        yield begun(() -> delete(call));
      }
      case "SearchDatastore_Task" -> {
        require(target.startsWith("HostDatastoreBrowser:"), "ManagedObjectNotFound");
        yield begun(() -> search(target.substring(target.indexOf(':') + 1), call));
      }
      default -> throw new Refusal("InvalidRequest");
    };
  }

  private interface Work {
    String run() throws Refusal;
  }

  /** A task, which is still running when it is looked at for the first time. */
  private String begun(Work work) {
    Task task = new Task();
    try {
      task.result = work.run();
    } catch (Refusal e) {
      task.error = e.kind;
    }
    String id = "task-" + tasks.size();
    tasks.put(id, task);
    return reference("returnval", "Task", id);
  }

  private String properties(Element spec) throws Refusal {
    String of = referred(spec, "objectSet", "obj");
    if (of.equals("Datacenter:dc-1")) {
      Element traversal = child(spec, "objectSet", "selectSet");
      require(
          traversal
                  .getAttributeNS("http://www.w3.org/2001/XMLSchema-instance", "type")
                  .equals("TraversalSpec")
              && children(traversal).stream()
                  .map(Node::getLocalName)
                  .toList()
                  .equals(List.of("name", "type", "path", "skip"))
              && text(traversal, "path").equals("datastore")
              && text(spec, "propSet", "type").equals("Datastore"),
          "InvalidRequest");
      return datastores("0");
    }
    Task task = tasks.get(of.startsWith("Task:") ? of.substring(5) : "");
    require(task != null, "ManagedObjectNotFound");
    boolean done = task.looks++ > 0;
    String state = !done ? "running" : task.error.isEmpty() ? "success" : "error";
    return object("Task", of.substring(5), property("info.state", "TaskInfoState", state))
        .replace(
            "</objects>",
            (done && !task.error.isEmpty()
                    ? property(
                        "info.error",
                        "LocalizedMethodFault",
                        "<fault xsi:type=\"%s\"><file>x</file></fault><localizedMessage>it fails</localizedMessage>"
                            .formatted(task.error))
                    : "")
                + (done ? task.result : "")
                + "</objects>");
  }

  /** One datastore in each answer. */
  private String datastores(String token) {
    int index = Integer.parseInt(token);
    String name = List.copyOf(datastores.keySet()).get(index);
    Datastore datastore = datastores.get(name);
    String next = index + 1 < datastores.size() ? "<token>" + (index + 1) + "</token>" : "";
    return next
        + object(
            "Datastore",
            "datastore-" + index,
            property("name", "xsd:string", name)
                + property("summary.accessible", "xsd:boolean", "" + datastore.accessible)
                + property("summary.freeSpace", "xsd:long", "" + datastore.free)
                + "<propSet><name>browser</name><val type=\"HostDatastoreBrowser\" xsi:type=\"ManagedObjectReference\">browser-%s</val></propSet>"
                    .formatted(name));
  }

  private static String object(String type, String id, String properties) {
    return "<objects>" + reference("obj", type, id) + properties + "</objects>";
  }

  private static String property(String name, String type, String value) {
    return "<propSet><name>%s</name><val xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xsi:type=\"%s\">%s</val></propSet>"
        .formatted(name, type, value);
  }

  /** A path in a datastore: {@code [DATASTORE] PATH}. */
  private record Named(Datastore datastore, String path) {}

  private Named named(Element call, String name, String datacenter) throws Refusal {
    require(referred(call, datacenter).equals("Datacenter:dc-1"), "ManagedObjectNotFound");
    return named(text(call, name));
  }

  private Named named(String path) throws Refusal {
    int end = path.indexOf("] ");
    require(path.startsWith("[") && end > 0, "InvalidDatastorePath");
    Datastore datastore = datastores.get(path.substring(1, end));
    require(datastore != null, "InvalidDatastore");
    return new Named(datastore, path.substring(end + 2));
  }

  private String makeDirectory(Element call) throws Refusal {
    Named directory = named(call, "name", "datacenter");
    require(directory.datastore().directories.add(directory.path()), "FileAlreadyExists");
    return "";
  }

  private String move(Element call) throws Refusal {
    Named from = named(call, "sourceName", "sourceDatacenter");
    Named to = named(call, "destinationName", "destinationDatacenter");
    require(text(call, "force").equals("false"), "InvalidArgument");
    require(from.datastore().files.containsKey(from.path()), "FileNotFound");
    require(!to.datastore().files.containsKey(to.path()), "FileAlreadyExists");
    to.datastore().files.put(to.path(), from.datastore().files.remove(from.path()));
    return "";
  }

  private String delete(Element call) throws Refusal {
    Named file = named(call, "name", "datacenter");
    require(!file.datastore().locked.remove(file.path()), "FileLocked"); // for a moment
    require(file.datastore().files.remove(file.path()) != null, "FileNotFound");
    return "";
  }

  private String search(String browser, Element call) throws Refusal {
    Named directory = named(text(call, "datastorePath"));
    require(browser.equals("browser-" + nameOf(directory.datastore())), "InvalidDatastore");
    require(directory.datastore().directories.contains(directory.path()), "FileNotFound");
    String pattern =
        "\\Q" + text(call, "searchSpec", "matchPattern").replace("*", "\\E.*\\Q") + "\\E";
    StringBuilder found = new StringBuilder();
    for (String path : directory.datastore().files.keySet()) {
      String file = path.substring(path.lastIndexOf('/') + 1);
      if (path.equals(directory.path() + "/" + file) && file.matches(pattern)) {
        found.append("<file><path>").append(file).append("</path></file>");
      }
    }
    return property("info.result", "HostDatastoreBrowserSearchResults", found.toString());
  }

  private String nameOf(Datastore datastore) {
    return datastores.entrySet().stream()
        .filter(each -> each.getValue() == datastore)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
