// SPDX-License-Identifier: Apache-2.0
/// Film sizes and image display formats, as configs name them; what they mean is the dicom module's.
#pragma once
#include "synth/config/schema.h"
#include "synth/dicom/display_format.h"

#include <string>
#include <vector>

namespace radforge::film {

using dicom::DisplayFormat;
using dicom::film_size;
using dicom::film_size_names;
using dicom::FilmSize;
using dicom::parse_display_format;
using dicom::RectMm;

/// dicom::place_boxes(). @throws Error that names the key film.layouts, too
std::vector<RectMm> image_boxes(const DisplayFormat& format, const FilmSize& size, double margin_mm,
                                double gap_mm);

}  // namespace radforge::film
