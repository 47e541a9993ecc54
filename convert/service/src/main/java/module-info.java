/**
 * Imports images into an image service: inspection, plugins, conversion, stores. A library: it
 * brings no server, no database and no cloud's kit.
 */
module dev.platter.service {
  requires transitive dev.platter.convert;
  requires transitive dev.platter.sparseio;
  requires transitive dev.platter.guest;
  requires org.apache.httpcomponents.client5.httpclient5;
  requires org.apache.httpcomponents.core5.httpcore5;
  requires org.bouncycastle.pkix;
  requires org.bouncycastle.provider;

  exports dev.platter.service;
  exports dev.platter.service.download;
  exports dev.platter.service.inspect;
  exports dev.platter.service.plugin;
  exports dev.platter.service.signature;
  exports dev.platter.service.store;

  uses dev.platter.service.ImportPluginProvider;
}
