// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * The client's side of SOCKS: asks a server to be connected to a destination. It says {@link
 * SocksStep#SEND} first; {@link SocksStep#LOGIN} and {@link SocksStep#REQUEST} it never says.
 *
 * <p>Of version 5 it offers to be nobody, and if it has a login that too: the server chooses.
 * GSSAPI (RFC 1961) it does not offer. Strict about what is answered, with one exception: some
 * servers put 5 where the answer to a login has its own version, 1.
 */
public final class SocksClientMachine extends SocksMachine {
    private enum Phase {
        METHOD,
        LOGIN,
        REPLY_5,
        REPLY_4
    }

    private final SocksCall call;
    private Phase phase;
    private @Nullable SocksReply reply;
    private @Nullable SocksAddress bound;

    /** A machine for one connection. */
    public SocksClientMachine(SocksCall call) {
        this.call = call;
        if (call.version() == 4) {
            phase = Phase.REPLY_4;
            sendRequest4();
        } else {
            phase = Phase.METHOD;
            if (call.login() == null) {
                send((byte) 5, (byte) 1, (byte) ANONYMOUS);
            } else {
                send((byte) 5, (byte) 2, (byte) ANONYMOUS, (byte) PASSWORD);
            }
        }
        begin();
    }

    /** What it asks for. */
    public SocksCall call() {
        return call;
    }

    /**
     * From where the server has connected, as it says; many say {@code 0.0.0.0:0}.
     *
     * @throws IllegalStateException if it has not
     */
    public SocksAddress bound() {
        SocksAddress told = bound;
        if (told == null) {
            throw new IllegalStateException("not connected");
        }
        return told;
    }

    /**
     * What to tell who wanted the connection.
     *
     * @throws IllegalStateException if it was not refused
     */
    public SocksException failure() {
        String why = refusal();
        if (why == null) {
            throw new IllegalStateException("not refused");
        }
        return new SocksException(call, why, reply);
    }

    // What is said.

    private void sendRequest4() {
        SocksLogin login = call.login();
        byte[] user = login == null ? new byte[0] : login.userBytes();
        ByteBuffer out = ByteBuffer.allocate(LONGEST);
        out.put((byte) 4)
                .put((byte) SocksCommand.CONNECT.code())
                .putShort((short) call.destination().port());
        switch (call.destination()) {
            case SocksAddress.Numeric numeric ->
                    out.put(numeric.address().toBytes()).put(user).put((byte) 0);
            case SocksAddress.Name name ->
                    out.putInt(NAME_FOLLOWS)
                            .put(user)
                            .put((byte) 0)
                            .put(SocksBytes.ascii(name.host()))
                            .put((byte) 0);
        }
        send(out);
    }

    private void sendLogin(SocksLogin login) {
        byte[] user = login.userBytes();
        byte[] password = login.passwordBytes();
        send(
                ByteBuffer.allocate(3 + user.length + password.length)
                        .put((byte) LOGIN_VERSION)
                        .put((byte) user.length)
                        .put(user)
                        .put((byte) password.length)
                        .put(password));
    }

    private void sendRequest5() {
        ByteBuffer out =
                ByteBuffer.allocate(HEAD_5 - 1 + SocksBytes.length(call.destination()))
                        .put((byte) 5)
                        .put((byte) SocksCommand.CONNECT.code())
                        .put((byte) 0);
        SocksBytes.put(out, call.destination());
        send(out);
        phase = Phase.REPLY_5;
    }

    // What is heard.

    @Override
    int need() {
        return switch (phase) {
            case METHOD -> {
                demand(!isOther(0, 5), "the server does not speak SOCKS 5");
                yield 2;
            }
            case LOGIN -> {
                boolean other = isOther(0, LOGIN_VERSION) && isOther(0, 5);
                demand(!other, "an answer to a login of another version");
                yield 2;
            }
            case REPLY_5 -> need5();
            case REPLY_4 -> need4();
        };
    }

    private int need5() {
        demand(!isOther(0, 5), "an answer that is not of version 5");
        if (isOther(1, 0)) {
            throw denied(at(1));
        }
        demand(!isOther(2, 0), "an answer whose reserved byte is not zero");
        return needWithAddress();
    }

    private int need4() {
        demand(!isOther(0, 0), "an answer that is not of version 4");
        if (isOther(1, SocksReply.GRANTED.code(4))) {
            throw denied(at(1));
        }
        return HEAD_4;
    }

    private SocksBytes.Malformed denied(int code) {
        reply = SocksReply.of(call.version(), code);
        return new SocksBytes.Malformed(reply.text() + " (" + code + ")");
    }

    private static void demand(boolean kept, String otherwise) {
        if (!kept) {
            throw new SocksBytes.Malformed(otherwise);
        }
    }

    @Override
    void whole() {
        switch (phase) {
            case METHOD -> chosen(at(1));
            case LOGIN -> {
                demand(at(1) == 0, "the server does not accept the login");
                sendRequest5();
                begin();
            }
            case REPLY_5 -> done(address());
            case REPLY_4 -> done(SocksBytes.getAddress4(bytes));
        }
    }

    private void chosen(int method) {
        SocksLogin login = call.login();
        if (method == ANONYMOUS) {
            sendRequest5();
        } else if (method == PASSWORD && login != null) {
            sendLogin(login);
            phase = Phase.LOGIN;
        } else if (method == NO_METHOD) {
            String wants = login == null ? "the server wants a login" : "no login is accepted";
            throw new SocksBytes.Malformed(wants);
        } else {
            throw new SocksBytes.Malformed(
                    "the server wants what was not offered, method " + method);
        }
        begin();
    }

    private void done(SocksAddress from) {
        bound = from;
        reply = SocksReply.GRANTED;
        turn(SocksStep.DONE);
    }

    @Override
    byte @Nullable [] answerTo(SocksBytes.Malformed wrong) {
        return null;
    }

    @Override
    public String toString() {
        return "SocksClientMachine[" + call + "]";
    }
}
