/*
 * The least that a flow meter can do, as a yardstick: one thread that reads a classic pcap file of Ethernet frames, finds
 * IPv4 with TCP or UDP behind at most one 802.1Q tag, and counts packets and bytes per conversation (both directions
 * together) in a hash table. No timeouts, no fragments, no tunnels, no policy, no records.
 *
 *   cc -O3 -o flows flows.c && ./flows FILE
 *
 * Prints one line: frames, those of them counted in flows, flows, bytes on the wire of the counted ones. Exit status 1 where the
 * file cannot be read or is cut off, 2 for wrong use.
 *
 * The file is mapped, not read into a buffer: measured side by side, mapping took about four fifths of the time.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    ETHERNET = 14,
    TAG = 4,
    IP = 20,
    PORTS = 4,
    FIRST_SLOTS = 4096,
    TYPE_IP = 0x0800,
    TYPE_TAG = 0x8100,
    LINK_ETHERNET = 1,
};

/* Half a cache line. A slot without packets is free. */
struct flow {
    uint64_t addresses;
    uint64_t ports; /* and the protocol above them */
    uint64_t packets;
    uint64_t bytes;
};

/* Open addressing, linear probing; the number of slots is a power of two and at most half of them are taken. */
struct table {
    struct flow *slots;
    size_t mask;
    size_t taken;
};

static struct flow *slots_of(size_t count)
{
    struct flow *slots = aligned_alloc(64, count * sizeof *slots);
    if (slots == NULL) {
        fprintf(stderr, "no memory for %zu flows\n", count / 2);
        exit(1);
    }
    memset(slots, 0, count * sizeof *slots);
    return slots;
}

static inline size_t hash(uint64_t addresses, uint64_t ports)
{
    uint64_t h = (addresses ^ (ports * 0x9e3779b97f4a7c15)) * 0xd6e8feb86659fd93;
    return h ^ (h >> 32);
}

/* The slot of a flow, or the free one where it belongs. */
static inline struct flow *find(const struct table *table, uint64_t addresses, uint64_t ports)
{
    size_t at = hash(addresses, ports) & table->mask;
    for (;;) {
        struct flow *flow = &table->slots[at];
        if (flow->packets == 0 || (flow->addresses == addresses && flow->ports == ports))
            return flow;
        at = (at + 1) & table->mask;
    }
}

static void grow(struct table *table)
{
    struct table larger = {slots_of((table->mask + 1) * 2), table->mask * 2 + 1, table->taken};
    for (size_t i = 0; i <= table->mask; i++) {
        const struct flow *flow = &table->slots[i];
        if (flow->packets != 0)
            *find(&larger, flow->addresses, flow->ports) = *flow;
    }
    free(table->slots);
    *table = larger;
}

static inline uint16_t load16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return be16toh(value);
}

static inline uint32_t load32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return be32toh(value);
}

/* A number of the file's own byte order. */
static inline uint32_t own32(const uint8_t *at, bool swapped)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return swapped ? __builtin_bswap32(value) : value;
}

/* Counts a frame; false where it is no whole TCP or UDP header over IPv4. */
static inline bool count(struct table *table, const uint8_t *frame, uint32_t captured, uint32_t wire)
{
    const uint8_t *end = frame + captured;
    if (captured < ETHERNET + IP)
        return false;
    uint16_t type = load16(frame + 12);
    const uint8_t *ip = frame + ETHERNET;
    if (type == TYPE_TAG) {
        type = load16(frame + ETHERNET + 2);
        ip += TAG;
    }
    if (type != TYPE_IP || end - ip < IP || ip[0] >> 4 != 4)
        return false;
    uint32_t header = (ip[0] & 15u) * 4;
    uint8_t protocol = ip[9];
    /* later fragments have no ports */
    if (header < IP || (load16(ip + 6) & 0x1fff) != 0 || (protocol != 6 && protocol != 17))
        return false;
    if (end - ip < header + PORTS)
        return false;
    uint32_t a = load32(ip + 12), b = load32(ip + 16);
    uint32_t ap = load16(ip + header), bp = load16(ip + header + 2);
    /* both directions have one key: the smaller end comes first */
    bool swap = a > b || (a == b && ap > bp);
    uint64_t addresses = swap ? (uint64_t)b << 32 | a : (uint64_t)a << 32 | b;
    uint64_t ports = (uint64_t)protocol << 32 | (swap ? bp << 16 | ap : ap << 16 | bp);
    struct flow *flow = find(table, addresses, ports);
    if (flow->packets == 0) {
        if (table->taken * 2 > table->mask) {
            grow(table);
            flow = find(table, addresses, ports);
        }
        flow->addresses = addresses;
        flow->ports = ports;
        table->taken++;
    }
    flow->packets++;
    flow->bytes += wire;
    return true;
}

static int fail(const char *path, const char *reason)
{
    fprintf(stderr, "%s: %s\n", path, reason);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: flows FILE\n");
        return 2;
    }
    const char *path = argv[1];
    int fd = open(path, O_RDONLY);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) < 0)
        return fail(path, strerror(errno));
    if (stat.st_size < FILE_HEADER)
        return fail(path, "no classic pcap file");
    size_t size = (size_t)stat.st_size;
    const uint8_t *file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (file == MAP_FAILED)
        return fail(path, strerror(errno));
    madvise((void *)file, size, MADV_SEQUENTIAL);

    uint32_t magic = own32(file, false);
    bool swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
    if (!swapped && magic != 0xa1b2c3d4 && magic != 0xa1b23c4d)
        return fail(path, "no classic pcap file");
    if (own32(file + 20, swapped) != LINK_ETHERNET)
        return fail(path, "not Ethernet");

    struct table table = {slots_of(FIRST_SLOTS), FIRST_SLOTS - 1, 0};
    uint64_t frames = 0, counted = 0;
    const uint8_t *at = file + FILE_HEADER, *end = file + size;
    while (end - at >= RECORD_HEADER) {
        uint32_t captured = own32(at + 8, swapped);
        uint32_t wire = own32(at + 12, swapped);
        at += RECORD_HEADER;
        if (captured > (size_t)(end - at))
            return fail(path, "cut off inside a frame");
        frames++;
        counted += count(&table, at, captured, wire);
        at += captured;
    }
    if (at != end)
        return fail(path, "cut off inside a record header");

    uint64_t bytes = 0;
    for (size_t i = 0; i <= table.mask; i++)
        bytes += table.slots[i].bytes;
    free(table.slots);
    printf("frames %" PRIu64 " counted %" PRIu64 " flows %zu bytes %" PRIu64 "\n", frames, counted, table.taken, bytes);
    return 0;
}
