// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;

/**
 * An error number of the kernel, with its symbol and its sentence.
 *
 * <p>An open value: numbers that have no name here are as good as those that have one. The
 * constants are those of Linux's {@code asm-generic/errno.h}, the same on x86-64 and aarch64. Two
 * values are equal if their numbers are; compare with {@code equals}, or switch over {@link
 * #number()}.
 *
 * @param number the positive number, as errno(3) gives it; 0 is no error
 */
public record Errno(int number) implements Comparable<Errno>, Serializable {
    private static final int LIMIT = 134;
    private static final @Nullable Errno[] KNOWN = new Errno[LIMIT];
    private static final @Nullable String[] SYMBOLS = new String[LIMIT];
    private static final @Nullable String[] TEXTS = new String[LIMIT];

    /** 1: Operation not permitted. */
    public static final Errno EPERM = known(1, "EPERM", "Operation not permitted");

    /** 2: No such file or directory. */
    public static final Errno ENOENT = known(2, "ENOENT", "No such file or directory");

    /** 3: No such process. */
    public static final Errno ESRCH = known(3, "ESRCH", "No such process");

    /** 4: Interrupted system call. */
    public static final Errno EINTR = known(4, "EINTR", "Interrupted system call");

    /** 5: Input/output error. */
    public static final Errno EIO = known(5, "EIO", "Input/output error");

    /** 6: No such device or address. */
    public static final Errno ENXIO = known(6, "ENXIO", "No such device or address");

    /** 7: Argument list too long. */
    public static final Errno E2BIG = known(7, "E2BIG", "Argument list too long");

    /** 8: Exec format error. */
    public static final Errno ENOEXEC = known(8, "ENOEXEC", "Exec format error");

    /** 9: Bad file descriptor. */
    public static final Errno EBADF = known(9, "EBADF", "Bad file descriptor");

    /** 10: No child processes. */
    public static final Errno ECHILD = known(10, "ECHILD", "No child processes");

    /** 11: Resource temporarily unavailable. */
    public static final Errno EAGAIN = known(11, "EAGAIN", "Resource temporarily unavailable");

    /** The other name of {@link #EAGAIN}. */
    public static final Errno EWOULDBLOCK = EAGAIN;

    /** 12: Cannot allocate memory. */
    public static final Errno ENOMEM = known(12, "ENOMEM", "Cannot allocate memory");

    /** 13: Permission denied. */
    public static final Errno EACCES = known(13, "EACCES", "Permission denied");

    /** 14: Bad address. */
    public static final Errno EFAULT = known(14, "EFAULT", "Bad address");

    /** 15: Block device required. */
    public static final Errno ENOTBLK = known(15, "ENOTBLK", "Block device required");

    /** 16: Device or resource busy. */
    public static final Errno EBUSY = known(16, "EBUSY", "Device or resource busy");

    /** 17: File exists. */
    public static final Errno EEXIST = known(17, "EEXIST", "File exists");

    /** 18: Invalid cross-device link. */
    public static final Errno EXDEV = known(18, "EXDEV", "Invalid cross-device link");

    /** 19: No such device. */
    public static final Errno ENODEV = known(19, "ENODEV", "No such device");

    /** 20: Not a directory. */
    public static final Errno ENOTDIR = known(20, "ENOTDIR", "Not a directory");

    /** 21: Is a directory. */
    public static final Errno EISDIR = known(21, "EISDIR", "Is a directory");

    /** 22: Invalid argument. */
    public static final Errno EINVAL = known(22, "EINVAL", "Invalid argument");

    /** 23: Too many open files in system. */
    public static final Errno ENFILE = known(23, "ENFILE", "Too many open files in system");

    /** 24: Too many open files. */
    public static final Errno EMFILE = known(24, "EMFILE", "Too many open files");

    /** 25: Inappropriate ioctl for device. */
    public static final Errno ENOTTY = known(25, "ENOTTY", "Inappropriate ioctl for device");

    /** 26: Text file busy. */
    public static final Errno ETXTBSY = known(26, "ETXTBSY", "Text file busy");

    /** 27: File too large. */
    public static final Errno EFBIG = known(27, "EFBIG", "File too large");

    /** 28: No space left on device. */
    public static final Errno ENOSPC = known(28, "ENOSPC", "No space left on device");

    /** 29: Illegal seek. */
    public static final Errno ESPIPE = known(29, "ESPIPE", "Illegal seek");

    /** 30: Read-only file system. */
    public static final Errno EROFS = known(30, "EROFS", "Read-only file system");

    /** 31: Too many links. */
    public static final Errno EMLINK = known(31, "EMLINK", "Too many links");

    /** 32: Broken pipe. */
    public static final Errno EPIPE = known(32, "EPIPE", "Broken pipe");

    /** 33: Numerical argument out of domain. */
    public static final Errno EDOM = known(33, "EDOM", "Numerical argument out of domain");

    /** 34: Numerical result out of range. */
    public static final Errno ERANGE = known(34, "ERANGE", "Numerical result out of range");

    /** 35: Resource deadlock avoided. */
    public static final Errno EDEADLK = known(35, "EDEADLK", "Resource deadlock avoided");

    /** The other name of {@link #EDEADLK}. */
    public static final Errno EDEADLOCK = EDEADLK;

    /** 36: File name too long. */
    public static final Errno ENAMETOOLONG = known(36, "ENAMETOOLONG", "File name too long");

    /** 37: No locks available. */
    public static final Errno ENOLCK = known(37, "ENOLCK", "No locks available");

    /** 38: Function not implemented. */
    public static final Errno ENOSYS = known(38, "ENOSYS", "Function not implemented");

    /** 39: Directory not empty. */
    public static final Errno ENOTEMPTY = known(39, "ENOTEMPTY", "Directory not empty");

    /** 40: Too many levels of symbolic links. */
    public static final Errno ELOOP = known(40, "ELOOP", "Too many levels of symbolic links");

    /** 42: No message of desired type. */
    public static final Errno ENOMSG = known(42, "ENOMSG", "No message of desired type");

    /** 43: Identifier removed. */
    public static final Errno EIDRM = known(43, "EIDRM", "Identifier removed");

    /** 44: Channel number out of range. */
    public static final Errno ECHRNG = known(44, "ECHRNG", "Channel number out of range");

    /** 45: Level 2 not synchronized. */
    public static final Errno EL2NSYNC = known(45, "EL2NSYNC", "Level 2 not synchronized");

    /** 46: Level 3 halted. */
    public static final Errno EL3HLT = known(46, "EL3HLT", "Level 3 halted");

    /** 47: Level 3 reset. */
    public static final Errno EL3RST = known(47, "EL3RST", "Level 3 reset");

    /** 48: Link number out of range. */
    public static final Errno ELNRNG = known(48, "ELNRNG", "Link number out of range");

    /** 49: Protocol driver not attached. */
    public static final Errno EUNATCH = known(49, "EUNATCH", "Protocol driver not attached");

    /** 50: No CSI structure available. */
    public static final Errno ENOCSI = known(50, "ENOCSI", "No CSI structure available");

    /** 51: Level 2 halted. */
    public static final Errno EL2HLT = known(51, "EL2HLT", "Level 2 halted");

    /** 52: Invalid exchange. */
    public static final Errno EBADE = known(52, "EBADE", "Invalid exchange");

    /** 53: Invalid request descriptor. */
    public static final Errno EBADR = known(53, "EBADR", "Invalid request descriptor");

    /** 54: Exchange full. */
    public static final Errno EXFULL = known(54, "EXFULL", "Exchange full");

    /** 55: No anode. */
    public static final Errno ENOANO = known(55, "ENOANO", "No anode");

    /** 56: Invalid request code. */
    public static final Errno EBADRQC = known(56, "EBADRQC", "Invalid request code");

    /** 57: Invalid slot. */
    public static final Errno EBADSLT = known(57, "EBADSLT", "Invalid slot");

    /** 59: Bad font file format. */
    public static final Errno EBFONT = known(59, "EBFONT", "Bad font file format");

    /** 60: Device not a stream. */
    public static final Errno ENOSTR = known(60, "ENOSTR", "Device not a stream");

    /** 61: No data available. */
    public static final Errno ENODATA = known(61, "ENODATA", "No data available");

    /** 62: Timer expired. */
    public static final Errno ETIME = known(62, "ETIME", "Timer expired");

    /** 63: Out of streams resources. */
    public static final Errno ENOSR = known(63, "ENOSR", "Out of streams resources");

    /** 64: Machine is not on the network. */
    public static final Errno ENONET = known(64, "ENONET", "Machine is not on the network");

    /** 65: Package not installed. */
    public static final Errno ENOPKG = known(65, "ENOPKG", "Package not installed");

    /** 66: Object is remote. */
    public static final Errno EREMOTE = known(66, "EREMOTE", "Object is remote");

    /** 67: Link has been severed. */
    public static final Errno ENOLINK = known(67, "ENOLINK", "Link has been severed");

    /** 68: Advertise error. */
    public static final Errno EADV = known(68, "EADV", "Advertise error");

    /** 69: Srmount error. */
    public static final Errno ESRMNT = known(69, "ESRMNT", "Srmount error");

    /** 70: Communication error on send. */
    public static final Errno ECOMM = known(70, "ECOMM", "Communication error on send");

    /** 71: Protocol error. */
    public static final Errno EPROTO = known(71, "EPROTO", "Protocol error");

    /** 72: Multihop attempted. */
    public static final Errno EMULTIHOP = known(72, "EMULTIHOP", "Multihop attempted");

    /** 73: RFS specific error. */
    public static final Errno EDOTDOT = known(73, "EDOTDOT", "RFS specific error");

    /** 74: Bad message. */
    public static final Errno EBADMSG = known(74, "EBADMSG", "Bad message");

    /** 75: Value too large for defined data type. */
    public static final Errno EOVERFLOW =
            known(75, "EOVERFLOW", "Value too large for defined data type");

    /** 76: Name not unique on network. */
    public static final Errno ENOTUNIQ = known(76, "ENOTUNIQ", "Name not unique on network");

    /** 77: File descriptor in bad state. */
    public static final Errno EBADFD = known(77, "EBADFD", "File descriptor in bad state");

    /** 78: Remote address changed. */
    public static final Errno EREMCHG = known(78, "EREMCHG", "Remote address changed");

    /** 79: Can not access a needed shared library. */
    public static final Errno ELIBACC =
            known(79, "ELIBACC", "Can not access a needed shared library");

    /** 80: Accessing a corrupted shared library. */
    public static final Errno ELIBBAD =
            known(80, "ELIBBAD", "Accessing a corrupted shared library");

    /** 81: .lib section in a.out corrupted. */
    public static final Errno ELIBSCN = known(81, "ELIBSCN", ".lib section in a.out corrupted");

    /** 82: Attempting to link in too many shared libraries. */
    public static final Errno ELIBMAX =
            known(82, "ELIBMAX", "Attempting to link in too many shared libraries");

    /** 83: Cannot exec a shared library directly. */
    public static final Errno ELIBEXEC =
            known(83, "ELIBEXEC", "Cannot exec a shared library directly");

    /** 84: Invalid or incomplete multibyte or wide character. */
    public static final Errno EILSEQ =
            known(84, "EILSEQ", "Invalid or incomplete multibyte or wide character");

    /** 85: Interrupted system call should be restarted. */
    public static final Errno ERESTART =
            known(85, "ERESTART", "Interrupted system call should be restarted");

    /** 86: Streams pipe error. */
    public static final Errno ESTRPIPE = known(86, "ESTRPIPE", "Streams pipe error");

    /** 87: Too many users. */
    public static final Errno EUSERS = known(87, "EUSERS", "Too many users");

    /** 88: Socket operation on non-socket. */
    public static final Errno ENOTSOCK = known(88, "ENOTSOCK", "Socket operation on non-socket");

    /** 89: Destination address required. */
    public static final Errno EDESTADDRREQ =
            known(89, "EDESTADDRREQ", "Destination address required");

    /** 90: Message too long. */
    public static final Errno EMSGSIZE = known(90, "EMSGSIZE", "Message too long");

    /** 91: Protocol wrong type for socket. */
    public static final Errno EPROTOTYPE =
            known(91, "EPROTOTYPE", "Protocol wrong type for socket");

    /** 92: Protocol not available. */
    public static final Errno ENOPROTOOPT = known(92, "ENOPROTOOPT", "Protocol not available");

    /** 93: Protocol not supported. */
    public static final Errno EPROTONOSUPPORT =
            known(93, "EPROTONOSUPPORT", "Protocol not supported");

    /** 94: Socket type not supported. */
    public static final Errno ESOCKTNOSUPPORT =
            known(94, "ESOCKTNOSUPPORT", "Socket type not supported");

    /** 95: Operation not supported. */
    public static final Errno EOPNOTSUPP = known(95, "EOPNOTSUPP", "Operation not supported");

    /** The other name of {@link #EOPNOTSUPP}. */
    public static final Errno ENOTSUP = EOPNOTSUPP;

    /** 96: Protocol family not supported. */
    public static final Errno EPFNOSUPPORT =
            known(96, "EPFNOSUPPORT", "Protocol family not supported");

    /** 97: Address family not supported by protocol. */
    public static final Errno EAFNOSUPPORT =
            known(97, "EAFNOSUPPORT", "Address family not supported by protocol");

    /** 98: Address already in use. */
    public static final Errno EADDRINUSE = known(98, "EADDRINUSE", "Address already in use");

    /** 99: Cannot assign requested address. */
    public static final Errno EADDRNOTAVAIL =
            known(99, "EADDRNOTAVAIL", "Cannot assign requested address");

    /** 100: Network is down. */
    public static final Errno ENETDOWN = known(100, "ENETDOWN", "Network is down");

    /** 101: Network is unreachable. */
    public static final Errno ENETUNREACH = known(101, "ENETUNREACH", "Network is unreachable");

    /** 102: Network dropped connection on reset. */
    public static final Errno ENETRESET =
            known(102, "ENETRESET", "Network dropped connection on reset");

    /** 103: Software caused connection abort. */
    public static final Errno ECONNABORTED =
            known(103, "ECONNABORTED", "Software caused connection abort");

    /** 104: Connection reset by peer. */
    public static final Errno ECONNRESET = known(104, "ECONNRESET", "Connection reset by peer");

    /** 105: No buffer space available. */
    public static final Errno ENOBUFS = known(105, "ENOBUFS", "No buffer space available");

    /** 106: Transport endpoint is already connected. */
    public static final Errno EISCONN =
            known(106, "EISCONN", "Transport endpoint is already connected");

    /** 107: Transport endpoint is not connected. */
    public static final Errno ENOTCONN =
            known(107, "ENOTCONN", "Transport endpoint is not connected");

    /** 108: Cannot send after transport endpoint shutdown. */
    public static final Errno ESHUTDOWN =
            known(108, "ESHUTDOWN", "Cannot send after transport endpoint shutdown");

    /** 109: Too many references: cannot splice. */
    public static final Errno ETOOMANYREFS =
            known(109, "ETOOMANYREFS", "Too many references: cannot splice");

    /** 110: Connection timed out. */
    public static final Errno ETIMEDOUT = known(110, "ETIMEDOUT", "Connection timed out");

    /** 111: Connection refused. */
    public static final Errno ECONNREFUSED = known(111, "ECONNREFUSED", "Connection refused");

    /** 112: Host is down. */
    public static final Errno EHOSTDOWN = known(112, "EHOSTDOWN", "Host is down");

    /** 113: No route to host. */
    public static final Errno EHOSTUNREACH = known(113, "EHOSTUNREACH", "No route to host");

    /** 114: Operation already in progress. */
    public static final Errno EALREADY = known(114, "EALREADY", "Operation already in progress");

    /** 115: Operation now in progress. */
    public static final Errno EINPROGRESS = known(115, "EINPROGRESS", "Operation now in progress");

    /** 116: Stale file handle. */
    public static final Errno ESTALE = known(116, "ESTALE", "Stale file handle");

    /** 117: Structure needs cleaning. */
    public static final Errno EUCLEAN = known(117, "EUCLEAN", "Structure needs cleaning");

    /** 118: Not a XENIX named type file. */
    public static final Errno ENOTNAM = known(118, "ENOTNAM", "Not a XENIX named type file");

    /** 119: No XENIX semaphores available. */
    public static final Errno ENAVAIL = known(119, "ENAVAIL", "No XENIX semaphores available");

    /** 120: Is a named type file. */
    public static final Errno EISNAM = known(120, "EISNAM", "Is a named type file");

    /** 121: Remote I/O error. */
    public static final Errno EREMOTEIO = known(121, "EREMOTEIO", "Remote I/O error");

    /** 122: Disk quota exceeded. */
    public static final Errno EDQUOT = known(122, "EDQUOT", "Disk quota exceeded");

    /** 123: No medium found. */
    public static final Errno ENOMEDIUM = known(123, "ENOMEDIUM", "No medium found");

    /** 124: Wrong medium type. */
    public static final Errno EMEDIUMTYPE = known(124, "EMEDIUMTYPE", "Wrong medium type");

    /** 125: Operation canceled. */
    public static final Errno ECANCELED = known(125, "ECANCELED", "Operation canceled");

    /** 126: Required key not available. */
    public static final Errno ENOKEY = known(126, "ENOKEY", "Required key not available");

    /** 127: Key has expired. */
    public static final Errno EKEYEXPIRED = known(127, "EKEYEXPIRED", "Key has expired");

    /** 128: Key has been revoked. */
    public static final Errno EKEYREVOKED = known(128, "EKEYREVOKED", "Key has been revoked");

    /** 129: Key was rejected by service. */
    public static final Errno EKEYREJECTED =
            known(129, "EKEYREJECTED", "Key was rejected by service");

    /** 130: Owner died. */
    public static final Errno EOWNERDEAD = known(130, "EOWNERDEAD", "Owner died");

    /** 131: State not recoverable. */
    public static final Errno ENOTRECOVERABLE =
            known(131, "ENOTRECOVERABLE", "State not recoverable");

    /** 132: Operation not possible due to RF-kill. */
    public static final Errno ERFKILL =
            known(132, "ERFKILL", "Operation not possible due to RF-kill");

    /** 133: Memory page has hardware error. */
    public static final Errno EHWPOISON = known(133, "EHWPOISON", "Memory page has hardware error");

    /**
     * Makes the value of a number; {@link #of} may save the allocation.
     *
     * @throws IllegalArgumentException if the number is negative: the kernel's {@code -errno} has
     *     to be negated first
     */
    public Errno {
        if (number < 0) {
            throw new IllegalArgumentException("an error number is not negative: " + number);
        }
    }

    /**
     * The value of a number, one of the constants if it has a name.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public static Errno of(int number) {
        Errno known = number >= 0 && number < LIMIT ? KNOWN[number] : null;
        return known != null ? known : new Errno(number);
    }

    private static Errno known(int number, String symbol, String text) {
        Errno errno = new Errno(number);
        KNOWN[number] = errno;
        SYMBOLS[number] = symbol;
        TEXTS[number] = text;
        return errno;
    }

    /** The symbol, {@code "ECONNREFUSED"}; {@code "E999"} for a number without one. */
    public String symbol() {
        String symbol = number < LIMIT ? SYMBOLS[number] : null;
        return symbol != null ? symbol : "E" + number;
    }

    /**
     * The sentence that strerror(3) of glibc has for it in English, {@code "Connection refused"};
     * {@code "Unknown error 999"} for a number without one.
     */
    public String text() {
        String text = number < LIMIT ? TEXTS[number] : null;
        return text != null ? text : number == 0 ? "Success" : "Unknown error " + number;
    }

    /** In the order of the numbers. */
    @Override
    public int compareTo(Errno other) {
        return Integer.compare(number, other.number);
    }

    /** Symbol, number and sentence: {@code "ECONNREFUSED (111) Connection refused"}. */
    @Override
    public String toString() {
        return symbol() + " (" + number + ") " + text();
    }
}
