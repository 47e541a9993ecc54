package dev.platter.service.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of scheme, host and port, and of addresses. */
class UriFilterTest {
  private static final UriFilter WITH_FTP =
      new UriFilter(
          Set.of("http", "https", "ftp"),
          Set.of("ftp"), // Not looked at: there is an allow list.
          Set.of(),
          Set.of("bad.example.org"),
          Set.of(80, 443),
          Set.of());

  @ParameterizedTest
  @CsvSource({
    "http://example.org/x, true",
    "HTTPS://EXAMPLE.org/x, true",
    "http://example.org:80/x, true",
    "https://example.org:8080/x, false",
    "ftp://example.org/x, true",
    "ftp://example.org:21/x, false",
    "ftp://example.org:443/x, true",
    "http://BAD.example.org/x, false",
    "file:///etc/passwd, false",
    "gopher://example.org/x, false",
    "//example.org/x, false",
    "http:///x, false",
    "http:x, false",
    "example.org/x, false"
  })
  void followsTheThreeLevels(URI uri, boolean accepted) {
    assertEquals(accepted, WITH_FTP.accepts(uri), () -> WITH_FTP.refusal(uri).toString());
  }

  @Test
  void anAllowListOfHostsHidesTheOther() {
    UriFilter filter =
        new UriFilter(
            Set.of(),
            Set.of("ftp"),
            Set.of("Good.example.org"),
            Set.of("good.example.org"),
            Set.of(),
            Set.of(22));
    assertTrue(filter.accepts(URI.create("http://good.example.org:81/")));
    assertEquals(
        Optional.of("its host 'example.org' is not allowed"),
        filter.refusal(URI.create("http://example.org/")));
    assertEquals(
        Optional.of("its scheme 'ftp' is not allowed"),
        filter.refusal(URI.create("ftp://good.example.org/")));
    assertEquals(
        Optional.of("its port '22' is not allowed"),
        filter.refusal(URI.create("http://good.example.org:22/")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "010.0.0.1",
        "256.1.1.1",
        "1.2.3.4.5",
        "127.0.0.0x1"
      })
  void noAddressInDisguise(String host) {
    assertTrue(AddressFilter.refusalOfName(host).isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"example.org", "127.0.0.1", "8.8.8.8", "3com.example", "1.example.org", "abc"})
  void namesAreNames(String host) {
    assertEquals(Optional.empty(), AddressFilter.refusalOfName(host));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.255.1.2",
        "::1",
        "0.0.0.0",
        "::",
        "169.254.169.254",
        "fe80::1",
        "10.0.0.1",
        "172.16.5.5",
        "192.168.0.1",
        "100.64.0.1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "198.18.0.1",
        "240.0.0.1"
      })
  void onlyPublicAddresses(String address) throws Exception {
    assertTrue(AddressFilter.PUBLIC.refusal(InetAddress.getByName(address)).isPresent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"8.8.8.8", "172.32.0.1", "193.1.2.3", "2a00:1450:4001::1", "100.128.0.1"})
  void publicAddressesPass(String address) throws Exception {
    assertEquals(Optional.empty(), AddressFilter.PUBLIC.refusal(InetAddress.getByName(address)));
  }

  @Test
  void theDeployerMayListNetworks() throws Exception {
    AddressFilter filter = AddressFilter.PUBLIC.allowing("10.1.0.0/16").allowing("fd00:1::/32");
    assertEquals(Optional.empty(), filter.refusal(InetAddress.getByName("10.1.255.7")));
    assertEquals(Optional.empty(), filter.refusal(InetAddress.getByName("fd00:1::9")));
    assertTrue(filter.refusal(InetAddress.getByName("10.2.0.1")).isPresent());
  }
}
