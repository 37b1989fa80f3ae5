// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The server's side of SOCKS: reads who a client is and what it wants, and writes what is answered.
 * What the answer is, is decided elsewhere: a {@link SocksStep#LOGIN} is followed by {@link
 * #accept} or {@link #reject}, a {@link SocksStep#REQUEST} by {@link #answer}.
 *
 * <p>The first byte tells the version. Without logins clients of versions 4, 4A and 5 are served;
 * with them those of version 5 alone, for version 4 has no passwords. GSSAPI (RFC 1961) is not
 * offered.
 *
 * <p>Strict: reserved bytes are zero, names are of letters that names have, a user of version 4 has
 * no control characters. A name that is an IP address as text is taken as that address; no other
 * spelling of an address is.
 */
public final class SocksServerMachine extends SocksMachine {
    private enum Phase {
        FIRST,
        METHODS,
        LOGIN,
        REQUEST_5,
        REQUEST_4
    }

    private static final int SHORTEST_GREETING = 3;

    private final boolean asksLogin;
    private Phase phase = Phase.FIRST;
    private @Nullable SocksLogin login;
    private @Nullable SocksRequest request;

    /** A machine for one connection of whoever it is. */
    public SocksServerMachine() {
        this(false);
    }

    /**
     * A machine for one connection.
     *
     * @param asksLogin whether the client has to say who it is
     */
    public SocksServerMachine(boolean asksLogin) {
        this.asksLogin = asksLogin;
        begin();
    }

    /**
     * Who the client says it is.
     *
     * @throws IllegalStateException if it has not
     */
    public SocksLogin login() {
        SocksLogin told = login;
        if (told == null) {
            throw new IllegalStateException("no login");
        }
        return told;
    }

    /**
     * Believes the client.
     *
     * @throws IllegalStateException if {@link SocksStep#LOGIN} was not asked
     */
    public void accept() {
        require(SocksStep.LOGIN);
        turn(SocksStep.MORE);
        send((byte) LOGIN_VERSION, (byte) 0);
        phase = Phase.REQUEST_5;
        begin();
    }

    /** Does not. */
    public void reject() {
        require(SocksStep.LOGIN);
        refuse("the login is not accepted", new byte[] {LOGIN_VERSION, 1});
    }

    /**
     * What the client wants.
     *
     * @throws IllegalStateException if it has not said
     */
    public SocksRequest request() {
        SocksRequest told = request;
        if (told == null) {
            throw new IllegalStateException("no request");
        }
        return told;
    }

    /**
     * Answers the request. When that is sent the way is open, if it was {@link SocksReply#GRANTED};
     * any other answer is the end, for which RFC 1928 gives ten seconds.
     *
     * @param bound from where the server has connected; null if that is nobody's business, or
     *     nothing
     * @throws IllegalStateException if {@link SocksStep#REQUEST} was not asked
     */
    public void answer(SocksReply reply, @Nullable SocksAddress bound) {
        require(SocksStep.REQUEST);
        byte[] said = said(request().version(), reply, bound);
        if (reply == SocksReply.GRANTED) {
            turn(SocksStep.DONE);
            send(said);
        } else {
            refuse(reply.text(), said);
        }
    }

    private static byte[] said(int version, SocksReply reply, @Nullable SocksAddress bound) {
        SocksAddress shown = SocksBytes.orNone(bound);
        if (version == 4) {
            return SocksBytes.answer4(reply, shown);
        }
        ByteBuffer out =
                ByteBuffer.allocate(HEAD_5 - 1 + SocksBytes.length(shown))
                        .put((byte) 5)
                        .put((byte) reply.code(5))
                        .put((byte) 0);
        SocksBytes.put(out, shown);
        return out.array();
    }

    // What is heard.

    @Override
    int need() {
        return switch (phase) {
            case FIRST -> first();
            case METHODS -> methods();
            case LOGIN -> needOfLogin();
            case REQUEST_5 -> need5();
            case REQUEST_4 -> need4();
        };
    }

    private int first() {
        if (count == 0) {
            return SHORTEST_GREETING;
        }
        return switch (at(0)) {
            case 5 -> {
                phase = Phase.METHODS;
                yield methods();
            }
            case 4 -> {
                phase = Phase.REQUEST_4;
                demand(!asksLogin, "version 4 has no passwords");
                yield need4();
            }
            default -> throw new SocksBytes.Malformed("that is not SOCKS");
        };
    }

    private int methods() {
        if (count < 2) {
            return SHORTEST_GREETING;
        }
        demand(at(1) > 0, "a greeting without a method");
        return 2 + at(1);
    }

    private int needOfLogin() {
        demand(!isOther(0, LOGIN_VERSION), "a login of another version");
        int user = count > 1 ? at(1) : 0;
        int password = count > 2 + user ? at(2 + user) : 0;
        return 3 + user + password;
    }

    private int need5() {
        demand(!isOther(0, 5), "a request that is not of version 5");
        if (count > 1 && SocksCommand.of(5, at(1)) == null) {
            throw new SocksBytes.Malformed(
                    "a command that does not exist, " + at(1), SocksReply.COMMAND_NOT_SUPPORTED);
        }
        demand(!isOther(2, 0), "a request whose reserved byte is not zero");
        return needWithAddress();
    }

    private int need4() {
        if (count > 1) {
            demand(SocksCommand.of(4, at(1)) != null, "a command that does not exist, " + at(1));
        }
        int user = SocksBytes.end(bytes, HEAD_4, count);
        boolean named = count >= HEAD_4 && isNamed();
        int shortest = named ? 1 + 1 : 0; // a name of one letter, and its NUL
        if (user < 0) {
            demand(count < HEAD_4 + MAX_TEXT + 1, "a user of more than 255 bytes");
            return Math.max(count, HEAD_4) + 1 + shortest;
        }
        demand(user <= HEAD_4 + MAX_TEXT, "a user of more than 255 bytes");
        demand(!SocksBytes.hasControls(bytes, HEAD_4, user), "a user with control characters");
        int begin = user + 1;
        if (!named) {
            return begin;
        }
        int end = SocksBytes.end(bytes, begin, count);
        if (end < 0) {
            demand(count < begin + MAX_TEXT + 1, "a name of more than 255 bytes");
            return Math.max(count + 1, begin + shortest);
        }
        demand(end > begin, "a name without a letter");
        return end + 1;
    }

    /** Whether a name follows: version 4A, by an address that nobody has. */
    private boolean isNamed() {
        return at(4) == 0 && at(5) == 0 && at(6) == 0 && at(7) != 0;
    }

    private static void demand(boolean kept, String otherwise) {
        if (!kept) {
            throw new SocksBytes.Malformed(otherwise);
        }
    }

    @Override
    void whole() {
        switch (phase) {
            case FIRST -> throw new AssertionError();
            case METHODS -> choose();
            case LOGIN -> {
                int user = 2 + at(1);
                login = SocksLogin.of(bytes, 2, user, user + 1, count);
                begin();
                turn(SocksStep.LOGIN);
            }
            case REQUEST_5 -> {
                SocksLogin known = login;
                asked(5, address(), known == null ? "" : known.user());
            }
            case REQUEST_4 -> {
                int user = SocksBytes.end(bytes, HEAD_4, count);
                int port = at(2) << 8 | at(3);
                SocksAddress destination =
                        isNamed()
                                ? SocksBytes.name(bytes, user + 1, count - 1, port)
                                : SocksBytes.getAddress4(bytes);
                asked(
                        4,
                        destination,
                        new String(bytes, HEAD_4, user - HEAD_4, StandardCharsets.UTF_8));
            }
        }
    }

    private void choose() {
        int method = asksLogin ? PASSWORD : ANONYMOUS;
        for (int i = 2; i < count; i++) {
            if (at(i) == method) {
                send((byte) 5, (byte) method);
                phase = asksLogin ? Phase.LOGIN : Phase.REQUEST_5;
                begin();
                return;
            }
        }
        throw new SocksBytes.Malformed(
                asksLogin ? "the client does not log in" : "the client insists on a login");
    }

    private void asked(int version, SocksAddress destination, String user) {
        SocksCommand command = SocksCommand.of(version, at(1));
        if (command == null) {
            throw new AssertionError("not refused: " + at(1));
        }
        request = new SocksRequest(version, command, destination, user);
        turn(SocksStep.REQUEST);
    }

    @Override
    byte @Nullable [] answerTo(SocksBytes.Malformed wrong) {
        return switch (phase) {
            case FIRST -> null;
            case METHODS -> new byte[] {5, (byte) NO_METHOD};
            case LOGIN -> new byte[] {LOGIN_VERSION, 1};
            case REQUEST_5 -> said(5, wrong.reply(), null);
            case REQUEST_4 -> said(4, wrong.reply(), null);
        };
    }

    @Override
    public String toString() {
        return "SocksServerMachine[" + (request == null ? phase : request) + "]";
    }
}
