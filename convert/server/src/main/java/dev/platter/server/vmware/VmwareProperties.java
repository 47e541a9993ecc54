package dev.platter.server.vmware;

import dev.platter.server.vmware.VmwareSession.Login;
import dev.platter.server.vmware.VmwareSession.Reference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A thing that vSphere manages, and some of its properties.
 *
 * @param properties their values by their paths; those that are not set are missing
 */
record VmwareProperties(Reference object, Map<String, SoapElement> properties) {
  /** Answers come in pages; no inventory is believed to have more of them. */
  private static final int MOST_PAGES = 1000;

  /** The properties of one thing. */
  static VmwareProperties of(VmwareSession session, Reference object, String... paths)
      throws IOException {
    String wanted = "<objectSet>" + object.as("obj") + "<skip>false</skip></objectSet>";
    List<VmwareProperties> found = retrieve(session, object.type(), wanted, paths);
    if (found.size() != 1) {
      throw new IOException("vSphere tells of " + found.size() + " things that were to be one");
    }
    return found.getFirst();
  }

  /** The properties of the things of one type that another thing lists in a property. */
  static List<VmwareProperties> listed(
      VmwareSession session, Reference from, String property, String type, String... paths)
      throws IOException {
    String wanted =
        """
        <objectSet>%s<skip>true</skip><selectSet xsi:type="TraversalSpec"><name>all</name>\
        <type>%s</type><path>%s</path><skip>false</skip></selectSet></objectSet>\
        """
            .formatted(from.as("obj"), SoapElement.escaped(from.type()), property);
    return retrieve(session, type, wanted, paths);
  }

  private static List<VmwareProperties> retrieve(
      VmwareSession session, String type, String objects, String... paths) throws IOException {
    StringBuilder wanted = new StringBuilder();
    for (String path : paths) {
      wanted.append("<pathSet>").append(path).append("</pathSet>");
    }
    String parameters =
        "<specSet><propSet><type>%s</type><all>false</all>%s</propSet>%s</specSet><options/>"
            .formatted(SoapElement.escaped(type), wanted, objects);
    List<VmwareProperties> all = new ArrayList<>();
    SoapElement page = session.call("RetrievePropertiesEx", Login::properties, parameters);
    for (int pages = 1; ; pages++) {
      for (SoapElement object : page.all("objects")) {
        all.add(read(object));
      }
      String token = page.textOf("token");
      if (token.isEmpty()) {
        return all;
      }
      if (pages == MOST_PAGES) {
        throw new IOException("vSphere's list of " + type + " does not end");
      }
      page =
          session.call(
              "ContinueRetrievePropertiesEx",
              Login::properties,
              "<token>" + SoapElement.escaped(token) + "</token>");
    }
  }

  private static VmwareProperties read(SoapElement object) throws IOException {
    Map<String, SoapElement> properties = new HashMap<>();
    for (SoapElement property : object.all("propSet")) {
      Optional<SoapElement> value = property.child("val");
      value.ifPresent(present -> properties.put(property.textOf("name"), present));
    }
    return new VmwareProperties(
        Reference.of(
            object.child("obj").orElseThrow(() -> new IOException("an object is missing"))),
        properties);
  }

  /** The text of a property; empty where it is not set. */
  String text(String path) {
    SoapElement value = properties.get(path);
    return value == null ? "" : value.text();
  }

  /** The property that is another thing. */
  Reference reference(String path) throws IOException {
    SoapElement value = properties.get(path);
    if (value == null) {
      throw new IOException("vSphere does not tell the " + path + " of " + object.id());
    }
    return Reference.of(value);
  }

  /** A number of bytes; 0 where none is told. */
  long bytes(String path) {
    String text = text(path);
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
  }
}
