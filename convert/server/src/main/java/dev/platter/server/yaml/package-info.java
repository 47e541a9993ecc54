/** Files in YAML: rules and tokens. Every complaint names the file and the line. */
package dev.platter.server.yaml;
