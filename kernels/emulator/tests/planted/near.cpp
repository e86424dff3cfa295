// Launches a kernel on arrays of known sizes and says whether the report tells how far back each
// had been touched: exit code 0 as expected, 1 otherwise, 2 the device said no.
#include <fstream>
#include <iterator>

#include "driver.h"

extern "C" bool emu_write_report(const char *path);

static Ptr array_of(size_t bytes) {
    Ptr array;
    check("memory", cuMemAlloc_v2(&array, bytes));
    return array;
}

int main(int, char **arguments) {
    check("init", cuInit(0));
    void *function = kernel_of("touches_two");
    constexpr size_t MB = 1 << 20;
    Ptr first = array_of(3 * MB), second = array_of(5 * MB), large = array_of(20 * MB);
    auto launch = [&](Ptr from, Ptr to) {
        void *values[] = {&from, &to};
        check("launch", cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, values, nullptr));
    };
    launch(first, second);       // Nothing was touched before.
    launch(second, first);       // Both, 8 MB back.
    launch(first, large);        // The first, 28 MB back: the second came with it.
    launch(second + MB, large);  // The large one and 4 MB of the second, 27 MB back.
    std::string path = std::string(arguments[2]) + ".json";
    if (!emu_write_report(path.c_str())) return 2;
    std::ifstream file(path);
    std::string report{std::istreambuf_iterator<char>(file), {}};
    auto number = [](size_t mb) { return std::to_string(mb * MB); };
    // Within 4, 8, 12, 16, 24, 32 and 48 MB.
    std::string expected = "\"near_bytes\": [0, " + number(8) + ", " + number(8) + ", " +
                           number(8) + ", " + number(8) + ", " + number(35) + ", " + number(35) +
                           "]";
    if (report.find(expected) != std::string::npos) return 0;
    printf("expected %s in %s\n", expected.c_str(), report.c_str());
    return 1;
}
