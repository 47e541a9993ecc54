package dev.platter.server.info;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Log records as JSON, one a line, on standard error. */
public final class JsonLog extends Formatter {
  /** Libraries that tell what they do; what goes wrong is enough. */
  private static final List<String> NOISY =
      List.of(
          "org.eclipse.jetty",
          "org.flywaydb",
          "com.zaxxer.hikari",
          "com.github.kagkarlsson.scheduler");

  /** The logger of requests. */
  public static final String ACCESS = "access";

  /** Lets everything that the service and its libraries log come out in this form. */
  public static void install() {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    ConsoleHandler handler = new ConsoleHandler();
    handler.setFormatter(new JsonLog());
    handler.setLevel(Level.ALL);
    root.addHandler(handler);
    root.setLevel(Level.INFO);
    for (String noisy : NOISY) {
      Logger.getLogger(noisy).setLevel(Level.WARNING);
      KEPT.add(Logger.getLogger(noisy));
    }
  }

  /** Loggers whose level was set; the JDK would forget them. */
  private static final List<Logger> KEPT = new ArrayList<>();

  @Override
  public String format(LogRecord record) {
    ObjectNode node = Json.object();
    node.put("time", record.getInstant().toString());
    node.put("level", record.getLevel().getName().toLowerCase(Locale.ROOT));
    node.put("logger", record.getLoggerName());
    Object[] parameters = record.getParameters();
    if (parameters != null && parameters.length == 1 && parameters[0] instanceof ObjectNode more) {
      node.setAll(more);
    } else {
      node.put("message", message(record));
    }
    if (record.getThrown() != null) {
      StringWriter trace = new StringWriter();
      record.getThrown().printStackTrace(new PrintWriter(trace));
      node.put("exception", trace.toString());
    }
    return Json.text(node) + "\n";
  }

  private static String message(LogRecord record) {
    Object[] parameters = record.getParameters();
    String message = String.valueOf(record.getMessage());
    return parameters == null || parameters.length == 0
        ? message
        : MessageFormat.format(message, parameters);
  }
}
