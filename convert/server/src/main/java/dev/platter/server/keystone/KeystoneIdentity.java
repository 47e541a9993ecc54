package dev.platter.server.keystone;

import dev.platter.server.identity.Credentials;
import dev.platter.server.identity.Headers;
import dev.platter.server.identity.Identity;
import dev.platter.server.identity.IdentityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Tokens are validated by Keystone. Whatever keeps it from answering keeps callers out (503). What
 * callers say of themselves in other headers is not looked at.
 */
public final class KeystoneIdentity implements Identity {
  private static final System.Logger LOG = System.getLogger(KeystoneIdentity.class.getName());
  private static final int CACHE_SIZE = 10_000;

  /** Fernet tokens have some 250 characters, signed ones a few thousand. */
  private static final Pattern TOKEN = Pattern.compile("[!-~]{1,8000}");

  private final KeystoneSession session;
  private final ServiceTokens serviceTokens;
  private final String publicUri;
  private final String serviceType;
  private final InstantSource clock;
  private final TokenCache cache;
  private final AtomicLong complained = new AtomicLong(Long.MIN_VALUE);

  /**
   * Tokens of services that pass requests on.
   *
   * @param roles roles of which such a service has at least one
   * @param required whether it must have one; else it only cannot make expired tokens good
   */
  public record ServiceTokens(Set<String> roles, boolean required) {}

  /**
   * @param publicUri where callers find Keystone
   * @param serviceType what access rules call this service
   * @param cacheTime how long what Keystone says is believed; not positive: not at all
   */
  public KeystoneIdentity(
      KeystoneSession session,
      ServiceTokens serviceTokens,
      String publicUri,
      String serviceType,
      Duration cacheTime) {
    this(session, serviceTokens, publicUri, serviceType, cacheTime, InstantSource.system());
  }

  KeystoneIdentity(
      KeystoneSession session,
      ServiceTokens serviceTokens,
      String publicUri,
      String serviceType,
      Duration cacheTime,
      InstantSource clock) {
    this.clock = clock;
    this.serviceType = serviceType;
    this.session = session;
    this.serviceTokens = serviceTokens;
    this.publicUri = publicUri;
    cache = new TokenCache(cacheTime, CACHE_SIZE, clock);
  }

  @Override
  public Optional<String> challenge() {
    return Optional.of("Keystone uri=\"" + publicUri + "\"");
  }

  @Override
  public Credentials identify(Headers headers) throws IdentityException {
    String token = headers.single(TOKEN_HEADER).orElseThrow(IdentityException::refused);
    Optional<String> service = headers.single("X-Service-Token");
    try {
      if (service.isEmpty()) {
        return validate(token, false);
      }
      Credentials passingOn = validate(service.get(), false);
      boolean proved = !Collections.disjoint(passingOn.roles(), serviceTokens.roles());
      if (!proved && serviceTokens.required()) {
        throw IdentityException.refused();
      }
      Credentials user = validate(token, proved);
      return (proved ? user.withoutAccessRules() : user).through(passingOn);
    } catch (KeystoneException e) {
      complain(e);
      throw IdentityException.unavailable();
    }
  }

  private Credentials validate(String token, boolean allowExpired)
      throws IdentityException, KeystoneException {
    if (!TOKEN.matcher(token).matches()) {
      throw IdentityException.refused();
    }
    Optional<Optional<TokenDocument>> known = cache.find(token, allowExpired);
    Optional<TokenDocument> document = known.isPresent() ? known.get() : ask(token, allowExpired);
    if (known.isEmpty()) {
      cache.put(token, allowExpired, document);
    }
    return document
        .filter(proof -> allowExpired || clock.instant().isBefore(proof.expiresAt()))
        .orElseThrow(IdentityException::refused)
        .credentials();
  }

  private Optional<TokenDocument> ask(String token, boolean allowExpired) throws KeystoneException {
    KeystoneHttp.Answer answer =
        session.get(
            "/auth/tokens?nocatalog=1" + (allowExpired ? "&allow_expired=1" : ""),
            // Without the second one Keystone does not know tokens that access rules restrict.
            Map.of("X-Subject-Token", token, "OpenStack-Identity-Access-Rules", "1.0"));
    return switch (answer.status()) {
      case 200 -> Optional.of(TokenDocument.parse(answer.json(), serviceType));
      case 404 -> Optional.empty();
      default ->
          throw new KeystoneException(
              "Keystone answers with status " + answer.status() + " when asked about a token");
    };
  }

  /** Says at most once in a second why nobody is let in. */
  private void complain(KeystoneException reason) {
    long now = System.nanoTime();
    long before = complained.get();
    boolean due = before == Long.MIN_VALUE || now - before > 1_000_000_000L;
    if (due && complained.compareAndSet(before, now)) {
      LOG.log(System.Logger.Level.WARNING, "no caller can be identified: {0}", reason.getMessage());
    }
  }
}
