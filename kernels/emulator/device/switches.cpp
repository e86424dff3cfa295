// The switches: environment variables, read anew at every question, so that a test in the same
// process can set a fault. EMU_SWITCHES names a file of lines KEY=VALUE that come before the
// environment; it is read anew when it changes, so that a test can also reach another process.
#include <sys/stat.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "emu.h"

namespace emu {

std::recursive_mutex lock;

static const std::map<std::string, std::string> &from_file() {
    static std::map<std::string, std::string> values;
    static struct timespec seen {};
    static off_t seen_bytes = -1;
    const char *path = getenv("EMU_SWITCHES");
    struct stat now {};
    if (!path || stat(path, &now)) {
        values.clear();
        seen_bytes = -1;
        return values;
    }
    bool same = now.st_mtim.tv_sec == seen.tv_sec && now.st_mtim.tv_nsec == seen.tv_nsec;
    if (same && now.st_size == seen_bytes) return values;
    seen = now.st_mtim;
    seen_bytes = now.st_size;
    values.clear();
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        size_t at = line.find('=');
        if (at != std::string::npos) values[line.substr(0, at)] = line.substr(at + 1);
    }
    // A device that was broken is whole again, as after a reset of its context.
    if (values.count("EMU_REPAIR")) repair_all();
    return values;
}

static const char *find(const std::string &name) {
    auto found = from_file().find(name);
    return found != from_file().end() ? found->second.c_str() : getenv(name.c_str());
}

// A switch for one device alone has its number behind the name.
std::string text(const char *name) {
    const char *own = find(std::string(name) + "_" + std::to_string(here().number));
    const char *value = own ? own : find(name);
    return value ? value : "";
}

bool is_set(const char *name) {
    std::string value = text(name);
    return !value.empty() && value != "0";
}

long number(const char *name, long otherwise) {
    std::string value = text(name);
    return value.empty() ? otherwise : atol(value.c_str());
}

bool is_turn(const char *name, unsigned long count) {
    struct Seen {
        std::string value;
        unsigned long before;  // the events before the switch was seen first
    };
    static auto &seen = *new std::map<std::string, Seen>;
    std::string value = text(name), key = name + std::to_string(here().number);
    if (value.empty()) {
        seen.erase(key);
        return false;
    }
    if (value[0] != '+') return count == strtoul(value.c_str(), nullptr, 10);
    Seen &known = seen[key];
    if (known.value != value) known = {value, count - 1};
    return count - known.before == strtoul(value.c_str() + 1, nullptr, 10);
}

void say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("emulated device: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

}  // namespace emu
