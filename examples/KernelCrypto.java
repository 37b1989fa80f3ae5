// SPDX-License-Identifier: Apache-2.0
//
// Lets the kernel hash and encrypt, over AF_ALG: a family without a type of its own here, driven
// from the BSD floor. Its address goes as raw bytes, what is to be done as control messages; and
// the JDK says whether the kernel was right. https://docs.kernel.org/crypto/userspace-if.html
//
//     ./sockeye run examples/KernelCrypto.java [TEXT]
//
// needs: AF_ALG
// test: KernelCrypto hello -> ^sha256 and cbc\(aes\) agree with the JDK

import module sockeye;

import module java.base;

static final int SOL_ALG = 279, ALG_SET_KEY = 1, ALG_SET_IV = 2, ALG_SET_OP = 3;
static final int ALG_OP_ENCRYPT = 1;

void main(String... args) throws Exception {
    byte[] text = (args.length > 0 ? args[0] : "hello").getBytes(StandardCharsets.UTF_8);
    byte[] key = "sixteen bytes...".getBytes(StandardCharsets.US_ASCII);
    byte[] padded = Arrays.copyOf(text, (text.length / 16 + 1) * 16); // cbc takes whole blocks
    byte[] iv = new byte[16];
    byte[] hash = hash("sha256", text);
    byte[] secret = encrypt("cbc(aes)", key, iv, padded);
    IO.println(HexFormat.of().formatHex(hash));
    IO.println(HexFormat.of().formatHex(secret));
    var cipher = javax.crypto.Cipher.getInstance("AES/CBC/NoPadding");
    var keySpec = new javax.crypto.spec.SecretKeySpec(key, "AES");
    cipher.init(1, keySpec, new javax.crypto.spec.IvParameterSpec(iv));
    boolean same =
            Arrays.equals(hash, MessageDigest.getInstance("SHA-256").digest(text))
                    && Arrays.equals(secret, cipher.doFinal(padded));
    IO.println("sha256 and cbc(aes) " + (same ? "agree" : "DISAGREE") + " with the JDK");
}

byte[] hash(String name, byte[] text) throws IOException {
    try (var algorithm = algorithm("hash", name);
            var operation = algorithm.accept().socket()) {
        operation.sendAll(text);
        return operation.recv(64);
    }
}

byte[] encrypt(String name, byte[] key, byte[] iv, byte[] text) throws IOException {
    try (var algorithm = algorithm("skcipher", name)) {
        algorithm.setOption(Option.rawBytes(SOL_ALG, ALG_SET_KEY, 64), key);
        try (var operation = algorithm.accept().socket()) {
            byte[] how = bytes(4).putInt(ALG_OP_ENCRYPT).array();
            byte[] start = bytes(4 + iv.length).putInt(iv.length).put(iv).array();
            var control =
                    List.of(
                            new Ancillary.Unknown(SOL_ALG, ALG_SET_OP, how),
                            new Ancillary.Unknown(SOL_ALG, ALG_SET_IV, start));
            operation.sendMsg(new ByteBuffer[] {ByteBuffer.wrap(text)}, control, 0);
            return operation.recv(text.length);
        }
    }
}

/** struct sockaddr_alg: a type of 14 bytes, two words, a name of 64. */
LinuxSocket algorithm(String type, String name) throws IOException {
    var address = bytes(14 + 4 + 4 + 64);
    address.put(0, type.getBytes(StandardCharsets.US_ASCII));
    address.put(22, name.getBytes(StandardCharsets.US_ASCII));
    var socket = LinuxSocket.socket(AddressFamily.AF_ALG, SocketType.SOCK_SEQPACKET);
    socket.bind(new RawEndpoint(AddressFamily.AF_ALG, address.array()));
    return socket;
}

ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
}
