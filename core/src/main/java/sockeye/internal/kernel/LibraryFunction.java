// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

/**
 * The functions of the C library that Sockeye calls: those that ask the name service, which is the
 * library's own and not the kernel's ({@code docs/design/names.md} says why they are asked), and
 * those of posix_spawn(3) ({@code docs/design/children.md}).
 *
 * <p>Each may wait for as long as it likes, for a disk, a daemon or a server far away.
 */
public enum LibraryFunction {
    /** {@code int getaddrinfo(const char *, const char *, const addrinfo *, addrinfo **)}. */
    GETADDRINFO,
    /** {@code void freeaddrinfo(addrinfo *)}. */
    FREEADDRINFO,
    /** {@code int getnameinfo(const sockaddr *, socklen_t, char *, …, char *, …, int flags)}. */
    GETNAMEINFO,
    /** {@code int gethostbyname2_r(name, family, result, buffer, size, &answer, &h_errno)}. */
    GETHOSTBYNAME2_R,
    /** {@code int gethostbyaddr_r(addr, length, family, result, buffer, size, &answer, …)}. */
    GETHOSTBYADDR_R,
    /** {@code int getservbyname_r(name, protocol, result, buffer, size, &answer)}. */
    GETSERVBYNAME_R,
    /** {@code int getservbyport_r(port, protocol, result, buffer, size, &answer)}. */
    GETSERVBYPORT_R,
    /** {@code int getprotobyname_r(name, result, buffer, size, &answer)}; glibc alone has it. */
    GETPROTOBYNAME_R,
    /** {@code int getprotobynumber_r(number, result, buffer, size, &answer)}; glibc alone. */
    GETPROTOBYNUMBER_R,
    /** {@code protoent *getprotobyname(name)}; its answer lies in memory that all calls share. */
    GETPROTOBYNAME,
    /** {@code protoent *getprotobynumber(number)}; the same. */
    GETPROTOBYNUMBER,
    /** {@code int posix_spawnp(pid *, file, file_actions *, attr *, argv, envp)}; see Spawn. */
    POSIX_SPAWNP,
    /** {@code int posix_spawn_file_actions_init(file_actions *)}. */
    POSIX_SPAWN_FILE_ACTIONS_INIT,
    /** {@code int posix_spawn_file_actions_destroy(file_actions *)}. */
    POSIX_SPAWN_FILE_ACTIONS_DESTROY,
    /** {@code int posix_spawn_file_actions_adddup2(file_actions *, int, int)}. */
    POSIX_SPAWN_FILE_ACTIONS_ADDDUP2,
    /** {@code int posix_spawn_file_actions_addclose(file_actions *, int)}. */
    POSIX_SPAWN_FILE_ACTIONS_ADDCLOSE,
    /** {@code int posix_spawn_file_actions_addchdir_np(file_actions *, path)}. */
    POSIX_SPAWN_FILE_ACTIONS_ADDCHDIR_NP,
    /** {@code int posix_spawn_file_actions_addclosefrom_np(file_actions *, int)}; glibc alone. */
    POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP,
    /** {@code int posix_spawnattr_init(attr *)}. */
    POSIX_SPAWNATTR_INIT,
    /** {@code int posix_spawnattr_destroy(attr *)}. */
    POSIX_SPAWNATTR_DESTROY,
    /** {@code int posix_spawnattr_setflags(attr *, short)}. */
    POSIX_SPAWNATTR_SETFLAGS,
    /** {@code int posix_spawnattr_setpgroup(attr *, pid_t)}. */
    POSIX_SPAWNATTR_SETPGROUP,
    /** {@code int posix_spawnattr_setsigdefault(attr *, sigset *)}. */
    POSIX_SPAWNATTR_SETSIGDEFAULT,
    /** {@code int posix_spawnattr_setsigmask(attr *, sigset *)}. */
    POSIX_SPAWNATTR_SETSIGMASK
}
