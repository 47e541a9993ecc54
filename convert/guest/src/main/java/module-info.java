/** What a guest's disk holds. */
module dev.platter.guest {
  requires transitive dev.platter.sparseio;

  exports dev.platter.guest;
  exports dev.platter.guest.copy;
  exports dev.platter.guest.files;
  exports dev.platter.guest.free;
  exports dev.platter.guest.packages;
  exports dev.platter.guest.picture;
}
