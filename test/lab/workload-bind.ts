/**
 * Sockets that bind and then neither connect nor listen. Node has no call for that, so socket(2) and bind(2)
 * are called through koffi, as the live reader does for its netlink socket.
 */

const addressFamilyInet = 2
const sockStream = 1

/** Binds `count` IPv4 sockets to (address, 0) and leaves them so. */
export async function bindOnly(address: string, count: number): Promise<void> {
  const { default: koffi } = await import("koffi")
  const libc = koffi.load("libc.so.6")
  const socket = libc.func("int socket(int, int, int)")
  const bind = libc.func("int bind(int, const uint8_t *, uint32_t)")
  // struct sockaddr_in: family in host order, port and address in network order (ip(7)).
  const name = Buffer.alloc(16)
  name.writeUInt16LE(addressFamilyInet, 0)
  for (const [index, byte] of address.split(".").entries()) name[4 + index] = Number(byte)
  for (let made = 0; made < count; made++) {
    const descriptor = socket(addressFamilyInet, sockStream, 0)
    if (bind(descriptor, name, name.length) !== 0) return
  }
}
