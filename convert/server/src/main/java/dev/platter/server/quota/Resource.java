package dev.platter.server.quota;

/** What projects use up, by the names that Keystone's unified limits have for it. */
public enum Resource {
  /** MiB in stores, each copy of an image counted. */
  SIZE("image_size_total"),
  /** MiB in the staging area, or on their way through it. */
  STAGED("image_stage_total"),
  /** Records of images. */
  COUNT("image_count_total"),
  /** Images whose data are on their way. */
  UPLOADING("image_count_uploading");

  private final String limitName;

  Resource(String limitName) {
    this.limitName = limitName;
  }

  /** The name of its limit. */
  public String limitName() {
    return limitName;
  }
}
