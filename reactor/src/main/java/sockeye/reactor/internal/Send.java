// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.NativeMessage;
import sockeye.internal.ring.Ring;

/** send(2) or sendmsg(2) of what is queued for a stream; the result is how much was taken. */
sealed class Send extends Operation permits Write {
    private static final int EINVAL = -22;
    private static final int ENOMEM = -12;
    private static final int EOPNOTSUPP = -95;

    /** The queue, its first chunk; set while it is idle. */
    @Nullable Chunk head;

    private @Nullable NativeMessage header;

    /** Where that comes from. */
    private @Nullable SendHeaders headers;

    /** What the kernel was given to read from. */
    private @Nullable Loan loan;

    /** Whether the kernel will not do without a copy: for this socket; for the next send. */
    private boolean copies;

    private boolean copiesOnce;

    Send(Channel channel, Owner owner) {
        super(channel, owner);
    }

    @Override
    boolean isInput() {
        return false;
    }

    final Chunk first() {
        Chunk first = head;
        if (first == null) {
            throw new AssertionError("nothing to send");
        }
        return first;
    }

    /** SCTP would make one message of all, which must fit into its buffer. */
    private boolean goesAlone(Chunk first) {
        return first.passing == null && (first.next == null || kernelChannel().isSctp());
    }

    /** How many chunks these are. */
    private static int gather(Chunk first, NativeMessage into) {
        into.reset();
        if (first.passing != null) {
            first.passing.load(into);
        }
        Chunk each = first;
        int count = 1;
        while (into.add(each.address + each.start, each.length())) {
            each = each.next;
            if (each == null || each.passing != null || each.file != null) {
                break; // to one of its own
            }
            count++;
        }
        return count;
    }

    @Override
    int attempt(KernelDriver driver) {
        KernelChannel c = kernelChannel();
        Chunk first = first();
        int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
        if (goesAlone(first)) {
            long from = first.address + first.start;
            return (int) c.kernel.sendto(c.fd, from, first.length(), flags, 0, 0);
        }
        NativeMessage all = driver.header();
        gather(first, all);
        return c.kernel.sendmsg(c.fd, all.address(), flags);
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        Chunk first = first();
        Lending lending = driver.lending();
        boolean lends = !copies && !copiesOnce && first.passing == null;
        copiesOnce = false;
        int fd = kernelChannel().fd;
        long from = first.address + first.start;
        int length = first.length();
        if (goesAlone(first) || (lends && !lending.takesVectors() && lending.wants(length))) {
            if (lends && lending.wants(length)) {
                lend(lending, first, 1);
                ring.prepareSendInPlace(fd, from, length, MSG_NOSIGNAL, lending.asks());
            } else {
                ring.prepareSend(fd, from, length, MSG_NOSIGNAL);
            }
            return;
        }
        NativeMessage all = header;
        if (all == null) {
            SendHeaders home = driver.headers();
            headers = home;
            all = home.take();
            header = all;
        }
        int count = gather(first, all);
        if (lends && lending.takesVectors() && lending.wants(bytes(first, count))) {
            lend(lending, first, count);
            ring.prepareSendMessageInPlace(fd, all.address(), MSG_NOSIGNAL, lending.asks());
        } else {
            ring.prepareSendMessage(fd, all.address(), MSG_NOSIGNAL);
        }
    }

    private static long bytes(Chunk first, int count) {
        long sum = 0;
        Chunk each = first;
        for (int i = 0; i < count && each != null; i++) {
            sum += each.length();
            each = each.next;
        }
        return sum;
    }

    private void lend(Lending lending, Chunk first, int count) {
        Loan fresh = lending.take();
        fresh.lend(first, count);
        loan = fresh;
    }

    @Override
    int reaped(RingDriver driver, int result, int flags) {
        Loan lent = loan;
        if (lent == null) {
            return result;
        }
        if (Ring.isNotice(flags)) {
            throw new AssertionError("the notice of a send that has not completed");
        }
        lent.isVain = result < 0;
        if (!Ring.goesOn(flags)) {
            loan = null;
            driver.lending().giveBack(lent);
        }
        return switch (result) {
            case EINVAL, EOPNOTSUPP, ENOMEM, ENOBUFS -> inAnotherWay(driver.lending(), result);
            default -> result;
        };
    }

    /** Has it sent again, which then tells whether it was about this at all. */
    private int inAnotherWay(Lending lending, int refusal) {
        if (refusal == ENOMEM || refusal == ENOBUFS) {
            copiesOnce = true;
            lending.runDry();
        } else if (refusal == EINVAL && lending.asks()) {
            lending.asksNoMore();
        } else {
            copies = true;
            lending.refused();
        }
        return EINTR;
    }

    /** What the kernel reads on from, now that it has completed; the caller's. */
    Loan leave() {
        Loan left = loan;
        if (left == null) {
            throw new AssertionError("a notice is to come, of nothing");
        }
        loan = null;
        return left;
    }

    @Override
    void settle() {
        NativeMessage done = header;
        SendHeaders home = headers;
        if (done != null && home != null) {
            header = null;
            home.giveBack(done);
        }
    }

    /** For the eyes of a test: whether vectors are with the kernel. */
    boolean isGathered() {
        return header != null;
    }
}
