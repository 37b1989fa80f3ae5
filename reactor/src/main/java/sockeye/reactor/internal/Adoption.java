// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.DescriptorKind;
import sockeye.HasDescriptor;
import sockeye.PassedDescriptor;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.Transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Makes connections of descriptors of any kind. */
public final class Adoption {
    private Adoption() {}

    /** Takes over an input, an output or both; see {@code Reactor.adopt}. */
    public static Transport adopt(
            Reactor reactor,
            @Nullable PassedDescriptor input,
            @Nullable PassedDescriptor output,
            Protocol protocol)
            throws IOException {
        return adopt((Loop) reactor, input, output, protocol, false);
    }

    /** The same; {@code readsOn} if the input goes on when nobody reads the output any more. */
    static Transport adopt(
            Loop loop,
            @Nullable PassedDescriptor input,
            @Nullable PassedDescriptor output,
            Protocol protocol,
            boolean readsOn)
            throws IOException {
        KernelDriver driver = driver(loop);
        if (input == null && output == null) {
            throw new IllegalArgumentException("neither an input nor an output");
        }
        PassedDescriptor in = input == null ? null : own(input);
        PassedDescriptor out = null;
        Channel channel = null;
        try {
            if (in != null && Objects.equals(input, output)) {
                out = PassedDescriptor.duplicate(in);
            } else if (output != null) {
                out = own(output);
            }
            channel = channel(driver, in, out, readsOn);
        } finally {
            if (channel == null) {
                close(in);
                close(out);
            }
        }
        return new Connection(loop, channel, protocol, null);
    }

    /** Out of the hands of whoever had it. */
    private static PassedDescriptor own(PassedDescriptor given) throws IOException {
        return PassedDescriptor.adopt(given.detach());
    }

    /** Standard input and output; see {@code Reactor.standardIo}. */
    public static Transport standard(Reactor reactor, Protocol protocol) throws IOException {
        Loop loop = (Loop) reactor;
        KernelDriver driver = driver(loop);
        PassedDescriptor in = PassedDescriptor.duplicate(HasDescriptor.borrowed(0));
        PassedDescriptor out = null;
        Channel channel = null;
        try {
            out = PassedDescriptor.duplicate(HasDescriptor.borrowed(1));
            var input = StandardStream.of(driver.kernel, 0, in);
            var output = StandardStream.of(driver.kernel, 1, out);
            channel = channel(driver, in, out, false);
            channel.whenClosed(input::giveUp, output::giveUp);
        } finally {
            if (channel == null) {
                close(in);
                close(out);
            }
        }
        return new Connection(loop, channel, protocol, null);
    }

    private static KernelDriver driver(Loop loop) {
        loop.checkOpen();
        if (loop.driverInUse() instanceof KernelDriver driver) {
            return driver;
        }
        throw new UnsupportedOperationException("a simulator has no descriptors of the kernel's");
    }

    private static void close(@Nullable PassedDescriptor descriptor) {
        if (descriptor != null) {
            StreamEnd.quietly(descriptor);
        }
    }

    private static Channel channel(
            KernelDriver driver,
            @Nullable PassedDescriptor in,
            @Nullable PassedDescriptor out,
            boolean readsOn)
            throws IOException {
        if (out != null && isSocket(out) && (in == null || place(in).equals(place(out)))) {
            StreamEnd.requireStream(driver, out);
            close(in);
            return SharedChannel.ofStream(driver.kernel, out.detach());
        }
        StreamEnd input = in == null ? without(driver, out) : StreamEnd.of(driver, in, true);
        boolean done = false;
        try {
            StreamEnd output = out == null ? null : StreamEnd.of(driver, out, false);
            done = true;
            return new PairChannel(input, output, readsOn);
        } finally {
            if (!done) {
                input.close(driver);
            }
        }
    }

    private static boolean isSocket(PassedDescriptor descriptor) throws IOException {
        return descriptor.kind() == DescriptorKind.SOCKET;
    }

    /** What it is, the same for all duplicates: {@code socket:[1234]}. */
    private static Path place(PassedDescriptor of) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/fd/" + of.fileno()));
    }

    /** The input of what has none. */
    private static StreamEnd without(KernelDriver driver, @Nullable PassedDescriptor out)
            throws IOException {
        if (out != null && out.kind() == DescriptorKind.PIPE) {
            PassedDescriptor copy = PassedDescriptor.duplicate(out);
            return new HangupEnd(driver.channel(copy.fileno()), copy);
        }
        PassedDescriptor never = PassedDescriptor.adopt(KernelDriver.counter(driver.kernel));
        return new SilentEnd(driver.channel(never.fileno()), never);
    }
}
