// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.wait.Descriptor;

import java.nio.channels.ClosedChannelException;

/** A use of a descriptor that counts until it is closed. */
final class DescriptorLease implements HasDescriptor.Lease {
    private final int fileno;
    private @Nullable Descriptor descriptor;

    DescriptorLease(Descriptor descriptor) throws ClosedChannelException {
        descriptor.enter();
        descriptor.share();
        this.descriptor = descriptor;
        this.fileno = descriptor.fd;
    }

    /** What is behind it, as long as it is held. */
    @Nullable Descriptor descriptor() {
        return descriptor;
    }

    @Override
    public int fileno() {
        return fileno;
    }

    @Override
    public void close() {
        Descriptor held = descriptor;
        if (held != null) {
            descriptor = null;
            held.exit();
        }
    }
}
