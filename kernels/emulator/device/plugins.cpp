// The plug-ins: shared objects of kernels that were compiled for the CPU from the very sources, in
// the folder `kernels` beside this library or where EMU_KERNELS says. A kernel is found by its
// name, whatever image the program loads it from.
#include <dirent.h>
#include <dlfcn.h>

#include <cstdio>
#include <vector>

#include "emu.h"

namespace emu {

static std::string folder() {
    std::string set = text("EMU_KERNELS");
    if (!set.empty()) return set;
    Dl_info here;
    dladdr((void *)&find_kernel, &here);
    std::string path = here.dli_fname;
    return path.substr(0, path.rfind('/')) + "/kernels";
}

// Where a plug-in's __shared__ variables lie, so that each block finds them unset: its build wrote
// their offsets into NAME.shared.
static void find_shared(void *plugin, const std::string &path) {
    auto **slot = (Range **)dlsym(plugin, "emu_shared");
    Dl_info at;
    FILE *list = fopen((path.substr(0, path.size() - 3) + ".shared").c_str(), "r");
    if (!slot || !list || !dladdr(slot, &at)) return;
    auto *ranges = new std::vector<Range>;
    size_t offset, bytes;
    while (fscanf(list, "%zx %zx", &offset, &bytes) == 2)
        ranges->push_back({(char *)at.dli_fbase + offset, bytes});
    fclose(list);
    ranges->push_back({nullptr, 0});
    *slot = ranges->data();
}

using Kernels = std::map<std::string, const Kernel *>;

static void load(const std::string &path, Kernels &kernels) {
    void *plugin = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!plugin) return say("%s", dlerror());
    find_shared(plugin, path);
    for (auto *k = (const Kernel *)dlsym(plugin, "emu_kernels"); k && k->name; k++) {
        if (!kernels.emplace(k->name, k).second) say("two plug-ins have a kernel %s", k->name);
    }
}

static Kernels load_all() {
    Kernels kernels;
    std::string where = folder();
    DIR *entries = opendir(where.c_str());
    if (!entries) say("there is no folder of kernels %s", where.c_str());
    while (dirent *entry = entries ? readdir(entries) : nullptr) {
        std::string name = entry->d_name;
        if (name.size() > 3 && name.substr(name.size() - 3) == ".so")
            load(where + "/" + name, kernels);
    }
    if (entries) closedir(entries);
    return kernels;
}

const Kernel *find_kernel(const std::string &name) {
    static Kernels &kernels = *new Kernels(load_all());
    auto found = kernels.find(name);
    return found == kernels.end() ? nullptr : found->second;
}

}  // namespace emu
