// What the device was asked to do, counted: for tests in the process through emu_counter, and as
// JSON at the end of the process in the file that EMU_REPORT names.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "emu.h"

namespace emu {

// Never destroyed: it is still wanted when the process ends.
Counters &counters() {
    static Counters *all = new Counters;
    return *all;
}

static void write_numbers(FILE *out, const char *name, const double numbers[REACHES]) {
    fprintf(out, "\"%s\": [", name);
    for (int i = 0; i < REACHES; i++) fprintf(out, "%s%.0f", i ? ", " : "", numbers[i]);
    fprintf(out, "]");
}

static void write_kernels(FILE *out) {
    const char *comma = "";
    for (auto &[name, count] : counters().kernels) {
        fprintf(out,
                "%s\n    {\"name\": \"%s\", \"launches\": %lu, \"read_bytes\": %.0f, "
                "\"written_bytes\": %.0f, \"threads\": %.0f, \"flops\": %.0f, "
                "\"half_flops\": %.0f, ",
                comma, name.c_str(), count.launches, count.read_bytes, count.written_bytes,
                count.threads, count.flops, count.half_flops);
        write_numbers(out, "near_bytes", count.near.within);
        fprintf(out, "}");
        comma = ",";
    }
}

static void write_gemms(FILE *out) {
    const char *comma = "";
    for (auto &[shape, count] : counters().gemm_shapes) {
        long m, n, k, batch;
        int added;
        char type[8];
        if (sscanf(shape.c_str(), "%ld %ld %ld %ld %d %7s", &m, &n, &k, &batch, &added, type) != 6)
            continue;
        fprintf(out,
                "%s\n    {\"m\": %ld, \"n\": %ld, \"k\": %ld, \"batch\": %ld, "
                "\"added\": %s, \"type\": \"%s\", \"count\": %lu, ",
                comma, m, n, k, batch, added ? "true" : "false", type, count.count);
        write_numbers(out, "near_bytes", count.near.within);
        fprintf(out, "}");
        comma = ",";
    }
}

static void write_devices(FILE *out) {
    fprintf(out, "\"devices\": [");
    for (int n = 0; n < devices(); n++) {
        const Device &d = *device(n);
        fprintf(out, "%s{\"launches\": %lu, \"gemms\": %lu, \"sticky\": %d}", n ? ", " : "",
                d.launches, d.gemms, d.sticky);
    }
    fprintf(out, "],\n  ");
}

static void write_report(FILE *out) {
    Counters &c = counters();
    fprintf(out,
            "{\n  \"launches\": %lu, \"gemms\": %lu, \"flops\": %.0f, \"syncs\": %lu,\n"
            "  \"h2d\": %lu, \"h2d_bytes\": %.0f, \"d2h\": %lu, \"d2h_bytes\": %.0f,\n"
            "  \"d2d\": %lu, \"d2d_bytes\": %.0f, \"pinned_bytes\": %.0f,\n"
            "  \"allocations\": %lu, \"frees\": %lu, \"peak_bytes\": %.0f, \"live\": %zu,\n"
            "  ",
            c.launches, c.gemms, c.flops, c.syncs, c.h2d, c.h2d_bytes, c.d2h, c.d2h_bytes, c.d2d,
            c.d2d_bytes, c.pinned_bytes, c.allocations, c.frees, c.peak_bytes, live_allocations());
    write_devices(out);
    double reaches[REACHES];
    std::copy(REACH_MB, REACH_MB + REACHES, reaches);
    write_numbers(out, "near_mb", reaches);
    fprintf(out, ",\n  \"kernels\": [");
    write_kernels(out);
    fprintf(out, "],\n  \"products\": [");
    write_gemms(out);
    fprintf(out, "]\n}\n");
}

static void report() {
    std::string path = text("EMU_REPORT");
    if (path.empty()) return;
    FILE *out = fopen(path.c_str(), "w");
    if (!out) return say("cannot write %s", path.c_str());
    write_report(out);
    fclose(out);
}

void report_at_exit() { atexit(report); }

}  // namespace emu

// A counter by name, or how often a kernel ran.
API double emu_counter(const char *name) {
    LOCK;
    emu::Counters &c = emu::counters();
    std::string key = name;
    if (key == "launches") return (double)c.launches;
    if (key == "gemms") return (double)c.gemms;
    if (key == "flops") return c.flops;
    if (key == "syncs") return (double)c.syncs;
    if (key == "allocations") return (double)c.allocations;
    if (key == "used_bytes") return c.used_bytes;
    if (key == "peak_bytes") return c.peak_bytes;
    if (key == "h2d_bytes") return c.h2d_bytes;
    if (key == "d2h_bytes") return c.d2h_bytes;
    auto kernel = c.kernels.find(key);
    return kernel == c.kernels.end() ? 0 : (double)kernel->second.launches;
}

// Writes the report so far to `path`; false where it cannot be written.
API bool emu_write_report(const char *path) {
    LOCK;
    FILE *out = fopen(path, "w");
    if (!out) return false;
    emu::write_report(out);
    return fclose(out) == 0;
}
