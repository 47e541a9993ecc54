package dev.platter.remote.nbd;

/** The numbers of the NBD protocol, by the names that its specification has for them. */
final class Protocol {
  static final int DEFAULT_PORT = 10809;

  // Handshake.
  static final long NBDMAGIC = 0x4e42444d41474943L;
  static final long IHAVEOPT = 0x49484156454f5054L;
  static final int NBD_FLAG_FIXED_NEWSTYLE = 1;
  static final int NBD_FLAG_NO_ZEROES = 2;
  static final int NBD_FLAG_C_FIXED_NEWSTYLE = 1;
  static final int NBD_FLAG_C_NO_ZEROES = 2;
  static final int EXPORT_NAME_PADDING = 124;

  static final int NBD_OPT_EXPORT_NAME = 1;
  static final int NBD_OPT_ABORT = 2;
  static final int NBD_OPT_LIST = 3;
  static final int NBD_OPT_STARTTLS = 5;
  static final int NBD_OPT_INFO = 6;
  static final int NBD_OPT_GO = 7;
  static final int NBD_OPT_STRUCTURED_REPLY = 8;
  static final int NBD_OPT_LIST_META_CONTEXT = 9;
  static final int NBD_OPT_SET_META_CONTEXT = 10;

  static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
  static final int NBD_REP_ACK = 1;
  static final int NBD_REP_SERVER = 2;
  static final int NBD_REP_INFO = 3;
  static final int NBD_REP_META_CONTEXT = 4;
  static final int NBD_REP_ERROR = 1 << 31;
  static final int NBD_REP_ERR_UNSUP = NBD_REP_ERROR | 1;
  static final int NBD_REP_ERR_POLICY = NBD_REP_ERROR | 2;
  static final int NBD_REP_ERR_INVALID = NBD_REP_ERROR | 3;
  static final int NBD_REP_ERR_TLS_REQD = NBD_REP_ERROR | 5;
  static final int NBD_REP_ERR_UNKNOWN = NBD_REP_ERROR | 6;
  static final int NBD_REP_ERR_TOO_BIG = NBD_REP_ERROR | 9;

  static final int NBD_INFO_EXPORT = 0;
  static final int NBD_INFO_NAME = 1;
  static final int NBD_INFO_DESCRIPTION = 2;
  static final int NBD_INFO_BLOCK_SIZE = 3;

  /** The longest name or description that either side may send, bytes. */
  static final int MAX_STRING_BYTES = 4096;

  // Transmission.
  static final int NBD_FLAG_HAS_FLAGS = 1;
  static final int NBD_FLAG_READ_ONLY = 1 << 1;
  static final int NBD_FLAG_SEND_FLUSH = 1 << 2;
  static final int NBD_FLAG_SEND_FUA = 1 << 3;
  static final int NBD_FLAG_SEND_TRIM = 1 << 5;
  static final int NBD_FLAG_SEND_WRITE_ZEROES = 1 << 6;
  static final int NBD_FLAG_SEND_DF = 1 << 7;
  static final int NBD_FLAG_CAN_MULTI_CONN = 1 << 8;

  static final int NBD_REQUEST_MAGIC = 0x25609513;
  static final int NBD_SIMPLE_REPLY_MAGIC = 0x67446698;
  static final int NBD_STRUCTURED_REPLY_MAGIC = 0x668e33ef;
  static final int REQUEST_BYTES = 28;
  static final int SIMPLE_REPLY_BYTES = 16;
  static final int CHUNK_HEADER_BYTES = 20;

  static final int NBD_CMD_READ = 0;
  static final int NBD_CMD_WRITE = 1;
  static final int NBD_CMD_DISC = 2;
  static final int NBD_CMD_FLUSH = 3;
  static final int NBD_CMD_TRIM = 4;
  static final int NBD_CMD_WRITE_ZEROES = 6;
  static final int NBD_CMD_BLOCK_STATUS = 7;

  static final int NBD_CMD_FLAG_FUA = 1;
  static final int NBD_CMD_FLAG_NO_HOLE = 1 << 1;
  static final int NBD_CMD_FLAG_DF = 1 << 2;
  static final int NBD_CMD_FLAG_REQ_ONE = 1 << 3;

  static final int NBD_REPLY_FLAG_DONE = 1;
  static final int NBD_REPLY_TYPE_NONE = 0;
  static final int NBD_REPLY_TYPE_OFFSET_DATA = 1;
  static final int NBD_REPLY_TYPE_OFFSET_HOLE = 2;
  static final int NBD_REPLY_TYPE_BLOCK_STATUS = 5;
  static final int NBD_REPLY_TYPE_ERROR = 1 << 15 | 1;
  static final int NBD_REPLY_TYPE_ERROR_OFFSET = 1 << 15 | 2;

  /** The largest request that each side must expect to be served without further agreement. */
  static final int MAX_PAYLOAD_BYTES = 32 << 20;

  static final String BASE_ALLOCATION = "base:allocation";
  static final int NBD_STATE_HOLE = 1;
  static final int NBD_STATE_ZERO = 2;

  static final int EPERM = 1;
  static final int EIO = 5;
  static final int ENOMEM = 12;
  static final int EINVAL = 22;
  static final int ENOSPC = 28;
  static final int EOVERFLOW = 75;
  static final int ENOTSUP = 95;
  static final int ESHUTDOWN = 108;

  private Protocol() {}

  /** What an error number of the protocol means. */
  static String meaning(int error) {
    return switch (error) {
      case EPERM -> "Operation not permitted";
      case EIO -> "Input/output error";
      case ENOMEM -> "Cannot allocate memory";
      case EINVAL -> "Invalid argument";
      case ENOSPC -> "No space left on device";
      case EOVERFLOW -> "Value too large";
      case ENOTSUP -> "Operation not supported";
      case ESHUTDOWN -> "The server is shutting down";
      default -> "error " + error;
    };
  }
}
