// SPDX-License-Identifier: Apache-2.0
#include "synth/film/layout.h"

#include "synth/base/error.h"

namespace radforge::film {

std::vector<RectMm> image_boxes(const DisplayFormat& format, const FilmSize& size, double margin_mm,
                                double gap_mm) {
    try {
        return dicom::place_boxes(format, size, margin_mm, gap_mm);
    } catch (Error& error) {
        throw error.where("film.layouts");
    }
}

}  // namespace radforge::film
